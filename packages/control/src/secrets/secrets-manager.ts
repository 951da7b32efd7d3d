import { z } from 'zod'

/** One version of the secret in AWS Secrets Manager, by the API's own answer to GetSecretValue. */
export interface SecretVersion {
  readonly versionId: string
  /** Null = not told. */
  readonly createdAtMs: number | null
  /** Names with their values as they stand in it; what is no text is left out. */
  readonly values: ReadonlyMap<string, string>
}

/** Why it could not be had: the API's own name of the error and its words. */
export interface SecretFailure {
  readonly name: string
  readonly message: string
}

const answer = z.object({
  VersionId: z.string().min(1),
  // Seconds with a fraction, as the JSON protocol writes instants.
  CreatedDate: z.number().optional(),
  SecretString: z.string().optional(),
})

const failure = z.object({
  __type: z.string().optional(),
  message: z.string().optional(),
  Message: z.string().optional(),
})

/** Null = this is no answer of the API, or its secret is not the JSON object that it should be. */
export function readSecretVersion(text: string): SecretVersion | null {
  const told = answer.safeParse(parsed(text))
  if (!told.success) return null
  const { CreatedDate, SecretString = '', VersionId } = told.data
  const values = z.record(z.string(), z.unknown()).safeParse(parsed(SecretString))
  if (!values.success) return null
  return {
    versionId: VersionId,
    createdAtMs: CreatedDate === undefined ? null : Math.round(CreatedDate * 1_000),
    values: new Map(
      Object.entries(values.data).flatMap(([name, value]) =>
        typeof value === 'string' && value.trim() !== '' ? [[name, value.trim()] as const] : [],
      ),
    ),
  }
}

/** What an answer that is not 200 says; `header` is its `x-amzn-errortype`. */
export function readSecretFailure(status: number, text: string, header: string | null): SecretFailure {
  const told = failure.safeParse(parsed(text))
  const { __type: type = null, Message = '', message = Message } = told.success ? told.data : {}
  // `com.amazonaws.secretsmanager#AccessDeniedException`, or with an address behind a colon.
  const name = (type ?? header ?? `status ${status}`).replace(/^.*#/, '').replace(/:.*$/, '')
  return { name, message: message === '' ? `It answered ${status}.` : message }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    // The schemas above say what is wrong with nothing.
    return undefined
  }
}
