import { constants } from 'node:buffer'
import { totalmem } from 'node:os'
import { PointsmanError } from '@pointsman/contract'
import { resilienceDefaults, type ResilienceNumbers } from '@pointsman/core'
import { readProxySettings, type ProxySettings } from '@pointsman/engine/proxies'
import { readOidcSettings, type OidcSettings } from './oidc-settings.ts'
import { readMetricsSettings, type MetricsSettings } from './metrics-settings.ts'
import { readAddress, type NamedAddress } from './own-address.ts'
import { readCompatibleServers, type ConfiguredServer } from './compatible-servers.ts'
import { dataDirFrom } from './data-dir.ts'
import { readDynamoDbSettings, type DynamoDbSettings } from './dynamodb-settings.ts'
import { readSecretsManagerSettings, type SecretsManagerSettings } from './secrets-manager-settings.ts'

/** What the environment and the command line say, read once; every other room gets values. */
export interface Settings {
  readonly host: string
  readonly port: number
  readonly dataDir: string
  /** Data planes in processes of their own; 0 = everything in one process. */
  readonly workers: number
  /** Null = the embedded database. */
  readonly databaseUrl: string | null
  readonly serviceKey: string | null
  readonly masterKey: string | null
  readonly tokens: TokenSettings
  /** Null = people of the console sign in with a key. */
  readonly oidc: OidcSettings | null
  readonly environment: string
  readonly region: string
  readonly bedrockBaseUrl: string | null
  /** Of what Bedrock lists of its models: another endpoint than that of calls. */
  readonly bedrockListBaseUrl: string | null
  /** Of Service Quotas, which doctor asks. */
  readonly quotasBaseUrl: string | null
  readonly bedrockBearerToken: string | null
  readonly openai: VendorAccess
  readonly anthropic: VendorAccess
  readonly gemini: VendorAccess
  readonly compatibleServers: readonly ConfiguredServer[]
  /** Null = keys are not looked for in Secrets Manager. */
  readonly secretsManager: SecretsManagerSettings | null
  readonly dynamoDb: DynamoDbSettings
  /** Of vendors that are called at private addresses, as through AWS PrivateLink. */
  readonly privateHosts: readonly string[]
  /** Forward proxies that lead out of the network; null = there are none. Holds their passwords. */
  readonly proxy: ProxySettings | null
  readonly timeouts: {
    readonly connectMs: number
    readonly firstByteMs: number
    readonly idleMs: number
    readonly totalMs: number
  }
  /** Stands for the first byte where the answer is not streamed. */
  readonly wholeAnswerMs: number
  /** Of a request for what the registry knows of its conversation. */
  readonly pinWaitMs: number
  /** Of an answer that is not streamed. */
  readonly maxAnswerBytes: number
  /** Retries on the same model, and when a failing one is left alone. */
  readonly resilience: ResilienceNumbers
  readonly maxBodyBytes: number
  /** Beyond these, requests to models are refused early. */
  readonly load: {
    readonly maxInFlight: number
    readonly maxBodyBytes: number
    readonly maxLagMs: number
    readonly maxMemoryBytes: number
  }
  /** What a connection may take. */
  readonly connections: {
    readonly most: number
    readonly firstByteMs: number
    readonly headMs: number
    readonly bodyMs: number
    /** Until a client that takes nothing of its answer is cut. */
    readonly stallMs: number
    readonly keepAliveMs: number
  }
  readonly metrics: MetricsSettings
  readonly durability: 'fsync' | 'write'
  /** Of limits that several hosts share, while the database is away: each counts by itself, or refuses what it has no lease for. */
  readonly limitsWhenAway: 'count' | 'refuse'
  /** The text of requests and answers goes after so many days, where a route keeps it. */
  readonly captureDays: number
  /** A snapshot that its registry has not confirmed for so long is no longer served. */
  readonly maxSnapshotAgeMs: number
  /** So long a server that is told to stop says that it is not ready, and serves on. */
  readonly drainMs: number
}

/** By what signed-in users' tokens are checked. */
export interface TokenSettings {
  /** Of tokens that are signed with a shared secret (HS256). */
  readonly secret: string | null
  /** Of tokens that are signed with a private key: where its public half is told. */
  readonly jwksUrl: string | null
  /** Null = any. */
  readonly issuer: string | null
  readonly audience: string | null
}

/** Whether there is anything to check users' tokens by. */
export const checksTokens = ({ jwksUrl, secret }: TokenSettings): boolean =>
  secret !== null || jwksUrl !== null

/** What an operator says of a vendor. */
export interface VendorAccess {
  /** Null = the vendor's public address. */
  readonly baseUrl: string | null
  readonly key: string | null
}

export interface Flags {
  readonly host?: string | undefined
  readonly port?: string | undefined
  readonly dataDir?: string | undefined
  readonly workers?: string | undefined
}

type Environment = NodeJS.ProcessEnv

/** An empty variable is an unset one: shells and unit files leave such behind. */
const value = (environment: Environment, ...names: readonly string[]): string | null => {
  for (const name of names) {
    const found = environment[name]?.trim()
    if (found !== undefined && found !== '') return found
  }
  return null
}

function wholeNumber(
  text: string | null,
  fallback: number,
  what: { readonly name: string; readonly least: number; readonly most: number },
): number {
  if (text === null) return fallback
  const number = Number(text)
  if (Number.isInteger(number) && number >= what.least && number <= what.most) return number
  throw new PointsmanError(
    'invalid_request',
    `${what.name} is "${text}"; it takes a whole number from ${what.least} to ${what.most}.`,
    { field: what.name },
  )
}

function oneOf<const Words extends readonly string[]>(
  text: string | null,
  fallback: Words[number],
  name: string,
  words: Words,
): Words[number] {
  if (text === null) return fallback
  const word = words.find((candidate) => candidate === text)
  if (word !== undefined) return word
  throw new PointsmanError('invalid_request', `${name} is "${text}"; it takes ${words.join(', ')}.`)
}

function url(text: string | null, name: string): string | null {
  if (text === null) return null
  if (!URL.canParse(text)) throw new PointsmanError('invalid_request', `${name} is not a URL.`)
  return text.replace(/\/$/, '')
}

const address = (environment: Environment, name: string): string | null => {
  const text = value(environment, name)
  return text === null ? null : readAddress(text, name)
}

/** The names that the vendor's own SDKs read. */
const vendorAccess = (environment: Environment, urlName: string, keyName: string): VendorAccess => ({
  baseUrl: address(environment, urlName),
  key: value(environment, keyName),
})

/** Every address that requests go to, by the variable that holds it. */
export const addressesIn = (settings: Settings): readonly NamedAddress[] => [
  { name: 'AWS_ENDPOINT_URL_BEDROCK_RUNTIME', url: settings.bedrockBaseUrl },
  { name: 'AWS_ENDPOINT_URL_BEDROCK', url: settings.bedrockListBaseUrl },
  { name: 'OPENAI_BASE_URL', url: settings.openai.baseUrl },
  { name: 'ANTHROPIC_BASE_URL', url: settings.anthropic.baseUrl },
  { name: 'GOOGLE_GEMINI_BASE_URL', url: settings.gemini.baseUrl },
  ...settings.compatibleServers.map(({ server }) => ({
    name: `POINTSMAN_OPENAI_COMPATIBLE: baseUrl of "${server.id}"`,
    url: server.baseUrl,
  })),
]

const hostForm = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])$/

function hostsIn(text: string | null, name: string): readonly string[] {
  const hosts = (text ?? '').split(',').map((host) => host.trim().toLowerCase())
  const named = hosts.filter((host) => host !== '')
  const wrong = named.find((host) => !hostForm.test(host))
  if (wrong === undefined) return named
  throw new PointsmanError(
    'invalid_request',
    `${name} has "${wrong}"; it takes names of hosts, separated by commas.`,
  )
}

type Span = (name: string, fallback: number) => number

function memoryOfProcess(): number {
  const given = process.constrainedMemory()
  // Without a limit of its own a process is told a number that no machine has.
  return Math.min(given > 0 ? given : Infinity, totalmem())
}

/** Of one data plane, whose place in memory the others share. */
function loadFrom(environment: Environment, workers: number, memoryOf: () => number): Settings['load'] {
  const whole = (name: string, fallback: number, most: number): number =>
    wholeNumber(value(environment, name), fallback, { name, least: 1, most })
  const share = Math.floor((memoryOf() * 0.8) / Math.max(1, workers))
  const bytes = Number.MAX_SAFE_INTEGER
  const maxMemoryBytes = whole('POINTSMAN_MAX_MEMORY_BYTES', share, bytes)
  return {
    maxInFlight: whole('POINTSMAN_MAX_IN_FLIGHT', 5_000, 1_000_000),
    maxBodyBytes: whole('POINTSMAN_MAX_BODY_BYTES_IN_FLIGHT', Math.ceil(maxMemoryBytes / 4), bytes),
    maxLagMs: whole('POINTSMAN_MAX_LAG_MS', 100, 60_000),
    maxMemoryBytes,
  }
}

const connectionsFrom = (environment: Environment, span: Span): Settings['connections'] => ({
  most: wholeNumber(value(environment, 'POINTSMAN_MAX_CONNECTIONS'), 10_000, {
    name: 'POINTSMAN_MAX_CONNECTIONS',
    least: 1,
    most: 1_000_000,
  }),
  firstByteMs: span('POINTSMAN_TIMEOUT_SILENT_MS', 20_000),
  headMs: span('POINTSMAN_TIMEOUT_HEAD_MS', 15_000),
  bodyMs: span('POINTSMAN_TIMEOUT_BODY_MS', 120_000),
  stallMs: span('POINTSMAN_TIMEOUT_STALL_MS', 60_000),
  // Longer than what stands in front of most servers keeps one.
  keepAliveMs: span('POINTSMAN_TIMEOUT_KEEP_ALIVE_MS', 75_000),
})

const timeoutsFrom = (span: Span): Settings['timeouts'] => ({
  connectMs: span('POINTSMAN_TIMEOUT_CONNECT_MS', 5_000),
  firstByteMs: span('POINTSMAN_TIMEOUT_FIRST_BYTE_MS', 120_000),
  idleMs: span('POINTSMAN_TIMEOUT_IDLE_MS', 60_000),
  // A long answer of ten minutes is nothing unusual, and is not to end a moment before its own end.
  totalMs: span('POINTSMAN_TIMEOUT_TOTAL_MS', 900_000),
})

/** What operators set of it; the rest of the numbers has one place in `core`. */
function resilienceFrom(environment: Environment): ResilienceNumbers {
  const { breaker, retry } = resilienceDefaults
  const number = (name: string, fallback: number, most: number): number =>
    wholeNumber(value(environment, name), fallback, { name, least: 0, most })
  return {
    retry: { ...retry, budgetPercent: number('POINTSMAN_RETRY_BUDGET_PERCENT', retry.budgetPercent, 100) },
    breaker: {
      ...breaker,
      consecutiveFailures: number('POINTSMAN_BREAKER_FAILURES', breaker.consecutiveFailures, 1_000),
    },
  }
}

const storesFrom = (
  environment: Environment,
): Pick<Settings, 'captureDays' | 'durability' | 'limitsWhenAway'> => ({
  captureDays: wholeNumber(value(environment, 'POINTSMAN_CAPTURE_DAYS'), 30, {
    name: 'POINTSMAN_CAPTURE_DAYS',
    least: 1,
    most: 3_650,
  }),
  durability: oneOf(
    value(environment, 'POINTSMAN_JOURNAL_DURABILITY'),
    'fsync',
    'POINTSMAN_JOURNAL_DURABILITY',
    ['fsync', 'write'],
  ),
  limitsWhenAway: oneOf(
    value(environment, 'POINTSMAN_LIMITS_WHEN_AWAY'),
    'count',
    'POINTSMAN_LIMITS_WHEN_AWAY',
    ['count', 'refuse'],
  ),
})

/** Its address holds a password: what is wrong with it is told without it. */
function databaseFrom(environment: Environment): string | null {
  const url = value(environment, 'DATABASE_URL')
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url ?? '')?.[1]
  if (scheme === undefined || /^postgres(?:ql)?$/i.test(scheme)) return url
  throw new PointsmanError(
    'invalid_request',
    `DATABASE_URL begins with ${scheme}://; it takes a PostgreSQL 15 or newer: postgresql://user:password@host:5432/database. Leave it out for the embedded one.`,
  )
}

function masterKeyFrom(environment: Environment): string | null {
  const masterKey = value(environment, 'POINTSMAN_MASTER_KEY')
  if (masterKey === null || masterKey.length >= 32) return masterKey
  throw new PointsmanError(
    'invalid_request',
    `POINTSMAN_MASTER_KEY has ${masterKey.length} characters; it takes 32 or more. "openssl rand -base64 48" makes one.`,
  )
}

/** Defaults of contract section 1. Throws PointsmanError naming the variable that is wrong. */
export function readSettings(
  environment: Environment,
  flags: Flags,
  memoryOf: () => number = memoryOfProcess,
): Settings {
  const span = (name: string, fallback: number): number =>
    wholeNumber(value(environment, name), fallback, { name, least: 1, most: 86_400_000 })
  // What comes whole is one text sooner or later.
  const bytes = (name: string, fallback: number): number =>
    wholeNumber(value(environment, name), fallback, { name, least: 1, most: constants.MAX_STRING_LENGTH })
  const flagged = (flag: 'port' | 'workers', name: string, fallback: number, most: number): number => {
    const text = flags[flag]
    return text === undefined
      ? wholeNumber(value(environment, name), fallback, { name, least: 0, most })
      : wholeNumber(text, fallback, { name: `--${flag}`, least: 0, most })
  }
  const workers = flagged('workers', 'POINTSMAN_WORKERS', 0, 256)
  const deployment = deploymentFrom(environment)
  return {
    host: flags.host ?? value(environment, 'POINTSMAN_HOST') ?? '127.0.0.1',
    port: flagged('port', 'POINTSMAN_PORT', 7070, 65_535),
    dataDir: dataDirFrom(environment, flags.dataDir),
    workers,
    databaseUrl: databaseFrom(environment),
    serviceKey: value(environment, 'POINTSMAN_SERVICE_KEY', 'SUPABASE_SERVICE_KEY'),
    masterKey: masterKeyFrom(environment),
    tokens: tokensFrom(environment),
    oidc: readOidcSettings((name) => value(environment, name)),
    environment: deployment,
    region: value(environment, 'BEDROCK_REGION', 'AWS_REGION') ?? 'eu-central-1',
    bedrockBaseUrl: address(environment, 'AWS_ENDPOINT_URL_BEDROCK_RUNTIME'),
    bedrockListBaseUrl: address(environment, 'AWS_ENDPOINT_URL_BEDROCK'),
    quotasBaseUrl: address(environment, 'AWS_ENDPOINT_URL_SERVICE_QUOTAS'),
    bedrockBearerToken: value(environment, 'AWS_BEARER_TOKEN_BEDROCK'),
    openai: vendorAccess(environment, 'OPENAI_BASE_URL', 'OPENAI_API_KEY'),
    anthropic: vendorAccess(environment, 'ANTHROPIC_BASE_URL', 'ANTHROPIC_API_KEY'),
    gemini: vendorAccess(environment, 'GOOGLE_GEMINI_BASE_URL', 'GEMINI_API_KEY'),
    compatibleServers: readCompatibleServers(value(environment, 'POINTSMAN_OPENAI_COMPATIBLE'), (name) =>
      value(environment, name),
    ),
    ...awsStoresFrom(environment, deployment),
    privateHosts: hostsIn(value(environment, 'POINTSMAN_PRIVATE_HOSTS'), 'POINTSMAN_PRIVATE_HOSTS'),
    proxy: readProxySettings((name) => value(environment, name)),
    timeouts: timeoutsFrom(span),
    pinWaitMs: span('POINTSMAN_TIMEOUT_CONVERSATION_MS', 25),
    wholeAnswerMs: span('POINTSMAN_TIMEOUT_WHOLE_ANSWER_MS', 300_000),
    resilience: resilienceFrom(environment),
    maxBodyBytes: bytes('POINTSMAN_MAX_BODY_BYTES', 25 * 1_048_576),
    maxAnswerBytes: bytes('POINTSMAN_MAX_ANSWER_BYTES', 50 * 1_048_576),
    load: loadFrom(environment, workers, memoryOf),
    connections: connectionsFrom(environment, span),
    metrics: readMetricsSettings((name) => value(environment, name)),
    ...storesFrom(environment),
    maxSnapshotAgeMs: span('POINTSMAN_MAX_SNAPSHOT_AGE_MS', 86_400_000),
    drainMs: drainFrom(environment),
  }
}

/** Where keys stand and tables are that are followed, in the account of the environment. */
const awsStoresFrom = (
  environment: Environment,
  deployment: string,
): Pick<Settings, 'dynamoDb' | 'secretsManager'> => ({
  secretsManager: readSecretsManagerSettings((name) => value(environment, name), {
    baseUrl: address(environment, 'AWS_ENDPOINT_URL_SECRETS_MANAGER'),
    environment: deployment,
  }),
  dynamoDb: readDynamoDbSettings((name) => value(environment, name), {
    baseUrl: address(environment, 'AWS_ENDPOINT_URL_DYNAMODB'),
    environment: deployment,
  }),
})

const deploymentFrom = (environment: Environment): 'dev' | 'staging' | 'prod' =>
  oneOf(value(environment, 'POINTSMAN_ENV'), 'dev', 'POINTSMAN_ENV', ['dev', 'staging', 'prod'])

const tokensFrom = (environment: Environment): TokenSettings => ({
  secret: value(environment, 'SUPABASE_JWT_SECRET'),
  jwksUrl: url(value(environment, 'SUPABASE_JWKS_URL'), 'SUPABASE_JWKS_URL'),
  issuer: value(environment, 'SUPABASE_JWT_ISSUER'),
  audience: value(environment, 'SUPABASE_JWT_AUDIENCE'),
})

const drainFrom = (environment: Environment): number =>
  wholeNumber(value(environment, 'POINTSMAN_DRAIN_MS'), 0, {
    name: 'POINTSMAN_DRAIN_MS',
    least: 0,
    most: 600_000,
  })
