import { PointsmanError, type JsonObject } from '@pointsman/contract'
import { readVendorJson } from '@pointsman/wire'

/** What the body of a vendor's error says, where it says it in JSON. */
export interface ErrorBody {
  readonly name: string | null
  readonly message: string | null
}

const longestMessage = 2_000

/** The members of an error's body; none where it is not JSON (a proxy's HTML, nothing at all): the status alone decides then. */
export function errorMembers(body: Uint8Array): JsonObject {
  try {
    return readVendorJson(body, "The body of the vendor's error")
  } catch (error) {
    if (error instanceof PointsmanError) return {}
    throw error
  }
}

/** A text that says something, at a length that a log can bear; else null. */
export const saidText = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value.slice(0, longestMessage) : null

/**
 * Name and message of an AWS error body: `{"message"}`, or `{"Message"}` and `{"__type"}` from the layers before the
 * service.
 */
export function readErrorBody(body: Uint8Array): ErrorBody {
  const members = errorMembers(body)
  return {
    name: saidText(members['__type']),
    message: saidText(members['message']) ?? saidText(members['Message']),
  }
}
