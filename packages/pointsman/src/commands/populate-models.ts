import { parseArgs } from 'node:util'
import { PointsmanError } from '@pointsman/contract'
import { populateModels, type Populated } from '@pointsman/control'
import { readProxySettings } from '@pointsman/engine/proxies'
import { followProxies } from '../follow-proxies.ts'
import { readDynamoDbSettings } from '../dynamodb-settings.ts'
import { createDynamoDb } from '../serve/ask-dynamodb.ts'
import { awsChain } from '../serve/aws-chain.ts'
import { systemClock } from '../serve/clock.ts'
import { shippedCatalogue } from '../serve/open-registry.ts'

const help = `Usage: populate_llm_models [ENVIRONMENT] [options]

Writes the models that can be called from a region, with its prices, into the DynamoDB table LLMModels-ENVIRONMENT. Of items
that are there it corrects what the catalogue knows; which is the default, and every other member, stays. Run again it
changes nothing. ENVIRONMENT is POINTSMAN_ENV unless given, or dev.

  --table NAME       another table, such as LLMModels
  --region REGION    whose prices and models; BEDROCK_REGION or AWS_REGION unless given, or eu-central-1
  --provider NAMES   of these alone: bedrock, openai, anthropic, google
  --create-table     makes the table where it is not there: key "pk", paid by the request
  --dry-run          only says what would be written
  --help

Credentials come by AWS's default chain; AWS_ENDPOINT_URL_DYNAMODB names another address than AWS's own.`

function read(args: readonly string[]) {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      table: { type: 'string' },
      region: { type: 'string' },
      provider: { type: 'string' },
      'create-table': { type: 'boolean', default: false },
      'dry-run': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (positionals.length > 1)
    throw new PointsmanError(
      'invalid_request',
      `One environment, not ${positionals.length}: ${positionals.join(' ')}`,
    )
  return { ...values, environment: positionals[0] ?? set('POINTSMAN_ENV') ?? 'dev' }
}

const set = (name: string): string | null => {
  const value = process.env[name]?.trim()
  return value === undefined || value === '' ? null : value
}

const line = (text: string): void => void process.stdout.write(`${text}\n`)

function tell(
  populated: Populated,
  { dryRun, table }: { readonly dryRun: boolean; readonly table: string },
): void {
  const { added, changed, made, raced, unchanged } = populated
  const would = dryRun ? 'would be ' : ''
  if (made) line(`${table} ${would}made`)
  for (const key of added) line(`  ${would}added    ${key}`)
  for (const { key, members } of changed) line(`  ${would}changed  ${key}: ${members.join(', ')}`)
  for (const key of raced) line(`  left as it is  ${key}: somebody wrote it in between; run this again`)
  line(
    `${table}: ${added.length} ${would}added, ${changed.length} ${would}changed, ${unchanged} as they were.`,
  )
}

async function populate(args: readonly string[]): Promise<number> {
  const { environment, help: wantsHelp, ...options } = read(args)
  if (wantsHelp) {
    line(help)
    return 0
  }
  const proxy = readProxySettings(set)
  followProxies(proxy)
  const table = options.table ?? `LLMModels-${environment}`
  const variables = new Map([['POINTSMAN_DYNAMODB_MODELS', table]])
  const settings = readDynamoDbSettings((name) => variables.get(name) ?? set(name), {
    ...{ environment, baseUrl: set('AWS_ENDPOINT_URL_DYNAMODB') },
  })
  const dryRun = options['dry-run']
  const populated = await populateModels(createDynamoDb(settings, awsChain(proxy)), systemClock, {
    ...{ table, dryRun, create: options['create-table'], catalogue: shippedCatalogue() },
    region: options.region ?? set('BEDROCK_REGION') ?? set('AWS_REGION') ?? 'eu-central-1',
    providers: options.provider?.split(',') ?? null,
  })
  tell(populated, { dryRun, table })
  return populated.raced.length === 0 ? 0 : 1
}

/** The seed's script that fills a table `LLMModels`, on the catalogue of this release. Answers the exit code. */
export async function populateLlmModels(args: readonly string[]): Promise<number> {
  try {
    return await populate(args)
  } catch (thrown) {
    process.stderr.write(`${thrown instanceof Error ? thrown.message : String(thrown)}\n`)
    return 1
  }
}
