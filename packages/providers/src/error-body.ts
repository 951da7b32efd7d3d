import { PointsmanError, type JsonObject } from '@pointsman/contract'
import { readVendorJson } from '@pointsman/wire'

/** What the body of a vendor's error says, where it says it in JSON. */
export interface ErrorBody {
  readonly name: string | null
  readonly message: string | null
}

const silent: ErrorBody = { name: null, message: null }
const longestMessage = 2_000

/**
 * Name and message of an AWS error body: `{"message"}`, or `{"Message"}` and `{"__type"}` from the layers before the
 * service. A body that is not JSON (a proxy's HTML, nothing at all) says nothing: the status alone decides then.
 */
export function readErrorBody(body: Uint8Array): ErrorBody {
  let members: JsonObject
  try {
    members = readVendorJson(body, "The body of the vendor's error")
  } catch (error) {
    if (error instanceof PointsmanError) return silent
    throw error
  }
  return {
    name: textOf(members['__type']),
    message: textOf(members['message']) ?? textOf(members['Message']),
  }
}

const textOf = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value.slice(0, longestMessage) : null
