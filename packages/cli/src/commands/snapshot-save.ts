import { exitCodes, type Command } from '../command.ts'

export const snapshotSave: Command = {
  name: 'snapshot save',
  summary: 'Writes the snapshot in force, signed, for data planes that run without a server.',
  details:
    'One JSON object: the signed manifest and its parts, for a Lambda package or a bucket. Gateway keys are not in it. The public key that it is checked by stands in it too: take it from here once, and give it to the data plane apart from the file.',
  positionals: [],
  options: { 'public-key': { type: 'boolean', summary: 'the public key only' } },
  examples: [
    'pointsman snapshot save > aws-lambda/bedrock-ai-chat/snapshot.json',
    'pointsman snapshot save --public-key',
  ],
  async run({ client, output, flag }) {
    if (flag('public-key')) output.line((await client.snapshots.show()).publicKey)
    else output.line(JSON.stringify(await client.snapshots.save()))
    return exitCodes.done
  },
}
