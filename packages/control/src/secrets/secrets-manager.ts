import { z } from 'zod'

/** One version of the secret in AWS Secrets Manager, by the API's own answer to GetSecretValue. */
export interface SecretVersion {
  readonly versionId: string
  /** Null = not told. */
  readonly createdAtMs: number | null
  /** Names with their values as they stand in it; what is no text is left out. */
  readonly values: ReadonlyMap<string, string>
}

const answer = z.object({
  VersionId: z.string().min(1),
  // Seconds with a fraction, as the JSON protocol writes instants.
  CreatedDate: z.number().optional(),
  SecretString: z.string().optional(),
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

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    // The schemas above say what is wrong with nothing.
    return undefined
  }
}
