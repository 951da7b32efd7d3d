import { exitCodes, type Command } from '../command.ts'
import { milliseconds } from '../format.ts'
import { printable } from '../terminal-text.ts'

export const validate: Command = {
  name: 'validate',
  summary: 'Says whether a model can be switched to.',
  details:
    'With --probe it is called for one token, although it is off, and a refusal is told with what mends it: no access, a profile that is needed, an end of life, a region, a quota, a credential. Exit code 1 where it cannot.',
  positionals: ['MODEL_ID'],
  options: { probe: { type: 'boolean', summary: 'also call it for one token' } },
  examples: ['pointsman validate eu.amazon.nova-pro-v1:0 --probe'],
  async run({ client, output, argument, flag }) {
    const id = argument('MODEL_ID')
    const validation = await client.models.validate(id, { probe: flag('probe') })
    const { valid, problems, lifecycle, probe } = validation
    if (output.json) output.value(validation)
    else {
      const mark = valid ? output.good('✓') : output.bad('✗')
      output.line(`${mark} ${printable(id)} ${valid ? 'can' : 'cannot'} be switched to.`)
      if (lifecycle !== null) output.line(`  Lifecycle: ${lifecycle}`)
      if (probe?.ok === true) output.line(`  It answered in ${milliseconds(probe.latencyMs)}.`)
      for (const problem of problems) output.sentence(`  - ${problem}`, 4)
    }
    return valid ? exitCodes.done : exitCodes.failed
  },
}
