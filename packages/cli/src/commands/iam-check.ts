import type { IamLack, IamPolicyDocument } from '@pointsman/sdk'
import { exitCodes, oneOf, UsageError, type Command } from '../command.ts'
import type { Column } from '../table.ts'

const columns: readonly Column[] = [
  { heading: 'MODEL' },
  { heading: 'ACTIONS', below: true },
  { heading: 'RESOURCE', below: true },
  { heading: 'WHY', below: true },
]

export const iamCheck: Command = {
  name: 'iam check',
  summary: 'Says which Bedrock models in use a role with these policies could not call, and why.',
  details:
    'FILE holds one policy or a list of them, or what `aws iam get-role-policy` prints; `-` reads it from standard input. Give everything that is attached to the role. Exit code 1 where something is missing.',
  positionals: ['FILE'],
  options: {
    account: { type: 'string', value: 'ID', summary: 'twelve digits' },
    region: {
      type: 'string',
      value: 'REGION',
      summary: 'where calls are made from; the server’s unless given',
    },
    models: { type: 'string', value: 'WHICH', summary: 'in-use (unless given) or all that are enabled' },
  },
  examples: [
    'pointsman iam check aws-deployment/iam-policies/bedrock-models-access.json',
    'pointsman iam check - --account 111122223333 < role-policy.json',
  ],
  async run({ client, output, argument, text, terminal }) {
    const file = argument('FILE')
    const written = file === '-' ? await terminal.readAll() : await terminal.readFile(file)
    const { sufficient, lacks, models } = await client.iam.check({
      policies: policiesIn(written, file),
      account: text('account'),
      region: text('region'),
      models: oneOf('models', text('models'), ['in-use', 'all']),
    })
    if (output.json) output.value({ sufficient, lacks, models })
    else if (sufficient)
      output.line(`${output.good('✓')} All ${models.length} Bedrock models in use can be called.`)
    else {
      const short = new Set(lacks.map(({ modelId }) => modelId))
      output.table(columns, rowsOf(lacks))
      output.line('')
      output.failure(
        `Calls of ${short.size} of ${models.length} models would fail, always or at times. Apply the output of \`pointsman iam policy\`.`,
      )
    }
    return sufficient ? exitCodes.done : exitCodes.failed
  },
}

/** What one resource lacks on one line. */
const rowsOf = (lacks: readonly IamLack[]): readonly (readonly string[])[] =>
  [...Map.groupBy(lacks, ({ modelId, resource, why }) => JSON.stringify([modelId, resource, why]))].map(
    ([, [first, ...others]]) => {
      const actions = [first, ...others].map((lack) => lack?.action.replace('bedrock:', '') ?? '')
      return [first?.modelId ?? '', actions.join(', '), first?.resource ?? '', first?.why ?? '']
    },
  )

function policiesIn(written: string, file: string): readonly IamPolicyDocument[] {
  const where = file === '-' ? 'Standard input' : file
  const parsed = parse(written, (problem) => `${where} is no JSON: ${problem}`)
  return (Array.isArray(parsed) ? parsed : [parsed]).map((one: unknown) => documentIn(one, where))
}

function documentIn(value: unknown, where: string): IamPolicyDocument {
  const none = `${where} holds no policy: one has Version and Statement.`
  if (isObject(value) && 'PolicyDocument' in value) return documentIn(value['PolicyDocument'], where)
  // What the API of IAM itself gives is a document as text, escaped for an address.
  if (typeof value === 'string')
    return documentIn(
      parse(value, () => none, decodeURIComponent),
      where,
    )
  if (isObject(value) && 'Statement' in value) return { ...value, Statement: value['Statement'] }
  throw new UsageError(none)
}

function parse(
  text: string,
  words: (problem: string) => string,
  decode: (text: string) => string = (plain) => plain,
): unknown {
  try {
    return JSON.parse(decode(text)) as unknown
  } catch (thrown) {
    throw new UsageError(words(thrown instanceof Error ? thrown.message : String(thrown)))
  }
}

const isObject = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === 'object' && value !== null
