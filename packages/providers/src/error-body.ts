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
  let value: unknown
  try {
    // eslint-disable-next-line no-restricted-syntax -- two words of an error's body: no dialect reads errors, and none of it goes further than a message
    value = JSON.parse(new TextDecoder().decode(body))
  } catch (error) {
    if (error instanceof SyntaxError) return silent
    throw error
  }
  if (typeof value !== 'object' || value === null) return silent
  const members = value as { readonly [name: string]: unknown }
  return {
    name: textOf(members['__type']),
    message: textOf(members['message']) ?? textOf(members['Message']),
  }
}

const textOf = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value.slice(0, longestMessage) : null
