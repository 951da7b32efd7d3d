import { exitCodes, type Command } from '../command.ts'
import { milliseconds } from '../format.ts'
import { credentialWords } from '../provider-key-words.ts'
import { printable } from '../terminal-text.ts'

export const providersTest: Command = {
  name: 'providers test',
  summary:
    'Makes a call of one token with the key that requests are called with; says how to mend what is wrong.',
  details: 'It is recorded and costs like any request. Exit code 1 where it went wrong.',
  positionals: ['PROVIDER'],
  options: {
    model: { type: 'string', value: 'ID', summary: 'one of its chat models; one in use unless given' },
  },
  examples: [
    'pointsman providers test openai',
    'pointsman providers test bedrock --model eu.amazon.nova-micro-v1:0',
  ],
  async run({ client, output, argument, text }) {
    const test = await client.providers.test(argument('PROVIDER'), text('model'))
    const code = test.ok ? exitCodes.done : exitCodes.failed
    if (output.json) {
      output.value(test)
      return code
    }
    const asked = `${test.id}: ${test.modelId}`
    const words = printable(credentialWords(test))
    if (test.ok) {
      output.line(output.good('✓ ') + printable(`${asked} answered in ${milliseconds(test.latencyMs)}.`))
      output.line(output.dim(`  Called with ${words}.`))
      return code
    }
    output.failure(`${asked} did not answer: ${test.problem ?? ''}`, 2)
    output.sentence(`  Called with ${words}.`, 2)
    if (test.vendorSays !== null) output.sentence(`  The vendor says: ${test.vendorSays}`, 2)
    if (test.mend !== null) output.sentence(`  → ${test.mend}.`, 4)
    return code
  },
}
