import type { Crc32 } from '../dialect.ts'

/** Bedrock service model, 2026: `toolUseId`. */
const allowedId = /^[a-zA-Z0-9_.:-]{1,64}$/

const encoder = new TextEncoder()
const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, '0')

/**
 * Ids of tool calls as Bedrock takes them. One that does not fit gets another, the same wherever it stands in
 * this call and in later ones (a cached prompt stays the same), and never that of another call. Answers hold
 * Bedrock's own new ids, so nothing has to be turned back.
 */
export class ToolIds {
  readonly #crc32: Crc32
  readonly #idOf = new Map<string, string>()
  readonly #taken = new Set<string>()

  /** `ids`: all of the call, so that a made one never meets one that comes later. */
  constructor(ids: Iterable<string>, crc32: Crc32) {
    this.#crc32 = crc32
    for (const id of ids) if (allowedId.test(id)) this.#taken.add(id)
  }

  of(id: string): string {
    if (allowedId.test(id)) return id
    const known = this.#idOf.get(id)
    if (known !== undefined) return known
    const bytes = encoder.encode(id)
    let made = ''
    for (let attempt = 0; made === '' || this.#taken.has(made); attempt += 1) {
      made = `call_${hex(this.#crc32(bytes, attempt))}${hex(this.#crc32(bytes, attempt + 0x5bd1e995))}`
    }
    this.#taken.add(made)
    this.#idOf.set(id, made)
    return made
  }
}

/**
 * Names of documents as Bedrock takes them (API reference of DocumentBlock, 2026-11): letters, digits, single
 * spaces, hyphens, round and square brackets, at most 200, and no name twice in one call.
 */
export class DocumentNames {
  readonly #taken = new Set<string>()

  of(name: string): string {
    const fit =
      name
        .replace(/[^A-Za-z0-9\s()[\]-]+/g, '-')
        .replace(/\s+/g, ' ')
        .trim()
        .slice(0, 180) || 'document'
    let unique = fit
    for (let number = 2; this.#taken.has(unique); number += 1) unique = `${fit} (${number})`
    this.#taken.add(unique)
    return unique
  }
}
