import { exitCodes, oneOf, UsageError, type Command } from '../command.ts'

export const iamPolicy: Command = {
  name: 'iam policy',
  summary: 'Prints the least-privilege AWS policy of a role that calls the Bedrock models in use.',
  details:
    'Each profile where it is called, its model in every region to which AWS may route, but only through the profile, models called directly, counting of tokens, and discovery. In use is what routes, their fallbacks and aliases name, and what answered within 30 days. A policy that is longer than a role’s inline policies may be together is refused: --compact names a model once for all regions, bounded by its profiles.',
  positionals: [],
  options: {
    account: { type: 'string', value: 'ID', summary: 'twelve digits; any account unless given' },
    region: {
      type: 'string',
      value: 'REGION',
      summary: 'where calls are made from; the server’s unless given',
    },
    models: { type: 'string', value: 'WHICH', summary: 'in-use (unless given) or all that are enabled' },
    vendors: { type: 'list', value: 'NAMES', summary: 'vendors all of whose models may be called, too' },
    compact: { type: 'boolean', summary: 'one line a model in place of one a region' },
    'bearer-tokens': { type: 'boolean', summary: 'callers may come with a Bedrock API key' },
  },
  examples: [
    'pointsman iam policy --account 111122223333 > bedrock-models-access.json',
    'pointsman iam policy --vendors anthropic,amazon --compact',
  ],
  async run({ client, output, text, list, flag }) {
    const { policy, characters, fits, models } = await client.iam.policy({
      account: text('account'),
      region: text('region'),
      models: oneOf('models', text('models'), ['in-use', 'all']),
      vendors: list('vendors'),
      compact: flag('compact'),
      bearerTokens: flag('bearer-tokens'),
    })
    if (!fits.inline) {
      throw new UsageError(
        `The policy of ${models.length} models has ${characters.toLocaleString('en')} characters, and the inline policies of a role may have 10,240 together. Use --compact, or fewer models.`,
      )
    }
    output.value(policy)
    return exitCodes.done
  },
}
