import { exitCodes, type Command } from '../command.ts'

export const explain: Command = {
  name: 'explain',
  summary: 'One request: what was decided, why, and what it cost.',
  details:
    'With who was left out and every attempt. The id is the answer’s header x-pointsman-request-id; a record is there shortly after its answer.',
  positionals: ['REQUEST_ID'],
  options: {},
  examples: ['pointsman explain 5f0c9a54-2f0e-4f5e-8f39-2c6d1c0f7b11'],
  async run({ client, output, argument }) {
    const explanation = await client.usage.explain(argument('REQUEST_ID'))
    if (output.json) output.value(explanation)
    else for (const sentence of explanation.words) output.sentence(`- ${sentence}`, 2)
    return exitCodes.done
  },
}
