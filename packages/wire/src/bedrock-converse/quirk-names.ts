/** Bedrock service model, 2026: `toolUseId`. */
export const toolIdForm = /^[a-zA-Z0-9_.:-]{1,64}$/

/**
 * Names of documents as Bedrock takes them (API reference of DocumentBlock, 2026-11): letters, digits, single
 * spaces, hyphens, round and square brackets, at most 200, and no name twice in one call.
 */
export class DocumentNames {
  readonly #taken = new Set<string>()
  /** The next number to try for a name: from 2 on, many documents of one name would be tried in squares. */
  readonly #next = new Map<string, number>()

  of(name: string): string {
    const fit =
      name
        .replace(/[^A-Za-z0-9\s()[\]-]+/g, '-')
        .replace(/\s+/g, ' ')
        .trim()
        .slice(0, 180) || 'document'
    let unique = fit
    let number = this.#next.get(fit) ?? 2
    for (; this.#taken.has(unique); number += 1) unique = `${fit} (${number})`
    this.#next.set(fit, number)
    this.#taken.add(unique)
    return unique
  }
}
