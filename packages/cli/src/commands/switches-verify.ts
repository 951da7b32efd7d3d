import { exitCodes, type Command } from '../command.ts'

export const switchesVerify: Command = {
  name: 'switches verify',
  summary: 'Recomputes the hash chain of the record.',
  details: 'Exit code 1 where a record was altered, removed, added or moved.',
  positionals: [],
  options: {},
  examples: ['pointsman switches verify'],
  async run({ client, output }) {
    const report = await client.switches.verify()
    const { valid, count, head, firstBad } = report
    if (output.json) output.value(report)
    else if (valid) {
      output.line(`${output.good('✓')} ${count} ${count === 1 ? 'record' : 'records'}, unbroken.`)
      output.line(output.dim(`  Head ${head}`))
    } else {
      const where = firstBad === undefined ? '' : ` at record ${firstBad.sequence}: ${firstBad.problem}`
      output.sentence(`${output.bad('✗')} The chain is broken${where}. Compare with a backup.`)
    }
    return valid ? exitCodes.done : exitCodes.failed
  },
}
