import { PointsmanError } from '@pointsman/contract'

/** A body whose fields all have the one spelling that schemas know, and how the caller wrote them. */
export interface Respelt {
  readonly body: unknown
  /** Puts the caller's own spelling back into an error. */
  original(error: PointsmanError): PointsmanError
}

/**
 * The seeds write `modelId` and `model_id`, `useCase` and `use_case`: both are taken. Throws PointsmanError
 * `invalid_request` where one field stands in both spellings with different values.
 */
export function respell(body: unknown): Respelt {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    return { body, original: (error) => error }
  const respelt: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  const written = new Map<string, string>()
  for (const [name, value] of Object.entries(body)) {
    const spelt = name.replaceAll(/(?<=[a-z])_([a-z])/g, (_match, letter: string) => letter.toUpperCase())
    const other = written.get(spelt)
    if (other !== undefined && respelt[spelt] !== value) {
      throw new PointsmanError(
        'invalid_request',
        `"${other}" and "${name}" are one field with two different values. Send one of them.`,
        { field: name },
      )
    }
    respelt[spelt] = value
    written.set(spelt, other ?? name)
  }
  return { body: { ...respelt }, original: (error) => inOriginal(error, written) }
}

function inOriginal(error: PointsmanError, written: ReadonlyMap<string, string>): PointsmanError {
  const { field } = error.details
  const name = field === undefined ? undefined : written.get(field)
  if (field === undefined || name === undefined || name === field) return error
  const message = error.message.replaceAll(`"${field}"`, `"${name}"`)
  return new PointsmanError(error.code, message, { ...error.details, field: name })
}
