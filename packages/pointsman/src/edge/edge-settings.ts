import { PointsmanError } from '@pointsman/contract'
import type { AwsIdentity } from '@pointsman/engine'
import { readSettings, type Settings } from '../settings.ts'

export interface Environment {
  readonly [name: string]: string | undefined
}

/** What the platform and the operator say, read once for each process. */
export interface EdgeSettings extends Settings {
  readonly databaseUrl: string
  readonly masterKey: string
  readonly serviceKey: string
  /** What counts as the service key beside it. */
  readonly otherServiceKeys: readonly string[]
}

/** A worker of Supabase's has so much (docs/guides/functions/limits, 2026-03). */
const memoryBytes = 256 * 1_048_576
/** The platform answers 504 by itself when nothing was answered for 150 s. */
const wholeAnswerMs = '140000'

/**
 * Names that begin with SUPABASE_ are the platform's, which takes no secret so named: what an operator sets has a name of our
 * own, which wins. Throws PointsmanError naming the variable that is wrong or missing, and how it is set.
 */
export function readEdgeSettings(environment: Environment): EdgeSettings {
  const first = (...names: readonly string[]): string | undefined =>
    names.map((name) => environment[name]?.trim()).find((value) => value !== undefined && value !== '')
  const projectUrl = first('SUPABASE_URL')
  const databaseUrl = first('DATABASE_URL', 'SUPABASE_DB_URL')
  const serviceKeys = [first('POINTSMAN_SERVICE_KEY'), first('SUPABASE_SERVICE_ROLE_KEY')].filter(
    (key) => key !== undefined,
  )
  const settings = readSettings(
    {
      POINTSMAN_TIMEOUT_WHOLE_ANSWER_MS: wholeAnswerMs,
      POINTSMAN_ENV: 'prod',
      ...environment,
      DATABASE_URL: databaseUrl,
      SUPABASE_JWT_SECRET: first('POINTSMAN_JWT_SECRET', 'SUPABASE_JWT_SECRET'),
      SUPABASE_JWKS_URL: first('POINTSMAN_JWKS_URL', 'SUPABASE_JWKS_URL') ?? keysOf(projectUrl),
    },
    {},
    () => memoryBytes,
  )
  const [serviceKey, ...otherServiceKeys] = serviceKeys
  return {
    ...settings,
    databaseUrl: required(settings.databaseUrl, 'SUPABASE_DB_URL', 'The platform sets it.'),
    masterKey: required(
      settings.masterKey,
      'POINTSMAN_MASTER_KEY',
      'Set it to the one of your other hosts, or to a new one: npx supabase secrets set POINTSMAN_MASTER_KEY="$(openssl rand -base64 48)".',
    ),
    serviceKey: required(serviceKey ?? null, 'SUPABASE_SERVICE_ROLE_KEY', 'The platform sets it.'),
    otherServiceKeys,
  }
}

/** Where a project tells the public halves of the keys that sign its users' tokens. */
const keysOf = (projectUrl: string | undefined): string | undefined =>
  projectUrl === undefined ? undefined : `${projectUrl.replace(/\/+$/, '')}/auth/v1/.well-known/jwks.json`

function required(value: string | null, name: string, mend: string): string {
  if (value !== null) return value
  throw new PointsmanError('not_ready', `${name} is not set. ${mend}`)
}

/** The chain where there are no files, no processes and no metadata service: variables alone. */
export function awsIdentityOf(environment: Environment): () => Promise<AwsIdentity> {
  const value = (name: string): string | null => environment[name]?.trim() || null
  return async () => {
    const accessKeyId = value('AWS_ACCESS_KEY_ID')
    const secretAccessKey = value('AWS_SECRET_ACCESS_KEY')
    if (accessKeyId === null || secretAccessKey === null)
      throw new Error('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set')
    return { accessKeyId, secretAccessKey, sessionToken: value('AWS_SESSION_TOKEN') ?? undefined }
  }
}
