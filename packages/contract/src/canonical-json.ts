import type { JsonValue } from './json.ts'

/**
 * One text for one value: members sorted by name, no white space. Hash chain and content addresses depend on
 * it, so two writers must never disagree; `JSON.stringify` alone keeps insertion order. Members that are
 * `undefined` are left out. Throws on numbers that JSON cannot say.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`canonical JSON cannot say the number ${value}`)
    return JSON.stringify(value)
  }
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`
  if (typeof value === 'object') {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member as JsonValue)}`).join(',')}}`
  }
  throw new TypeError(`canonical JSON cannot say a ${typeof value}`)
}
