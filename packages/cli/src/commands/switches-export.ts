import { exitCodes, type Command } from '../command.ts'

export const switchesExport: Command = {
  name: 'switches export',
  summary: 'Writes the hash chain and its signed head, to be kept elsewhere.',
  details:
    'One JSON object a line: each chained text in order, then the head with an Ed25519 signature. Names of people and free text are sealed in the texts.',
  positionals: [],
  options: { head: { type: 'boolean', summary: 'the signed head only' } },
  examples: ['pointsman switches export > switches.ndjson', 'pointsman switches export --head'],
  async run({ client, output, flag }) {
    if (!flag('head')) {
      for await (const link of client.switches.chain()) output.line(JSON.stringify(link))
    }
    output.line(JSON.stringify(await client.switches.head()))
    return exitCodes.done
  },
}
