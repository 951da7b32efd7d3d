import type { JsonValue } from '@pointsman/contract'

/** ES2026's source text access, which the compiler's library does not know yet. */
interface JsonWithSource {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown
  rawJSON?(text: string): unknown
}
const json = JSON as unknown as JsonWithSource

const wholeNumber = /^-?\d+$/

function keepSource(_key: string, value: unknown, context: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || context.source === undefined || json.rawJSON === undefined) return value
  const isExact = wholeNumber.test(context.source) ? Number.isSafeInteger(value) : Number.isFinite(value)
  return isExact ? value : json.rawJSON(context.source)
}

/**
 * As `JSON.parse`, but integers beyond 2^53 and numbers beyond the range of a double keep their digits when
 * they are written again: a tool's argument `{"id":1234567890123456789}` must not arrive as another id.
 * Several times slower; for texts that `scanJson` found long numbers in. Throws SyntaxError.
 */
export function parseExactJson(text: string): JsonValue {
  return json.parse(text, keepSource) as JsonValue
}

/** A number, also where it was kept as source text; null for anything else. */
export function numberOf(value: JsonValue | undefined): number | null {
  if (typeof value === 'number') return value
  if (typeof value !== 'object' || value === null || !('rawJSON' in value)) return null
  const source = value['rawJSON']
  // A caller's own object may have such a member too; only the frozen one without prototype is ours.
  return Object.getPrototypeOf(value) === null && typeof source === 'string' ? Number(source) : null
}
