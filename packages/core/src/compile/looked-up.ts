/** Names in use are few; those beyond are looked up each time. As many of which nothing is known take nobody's place. */
const mostKept = 1_000

/**
 * A map that is not stored: what stands under a key follows from other maps when it is asked for, and is kept for those
 * who ask again: a route is then not made anew for each request. What is kept says the same as the snapshot and lives as
 * long, so that nobody can tell. `candidates` tells the keys that may have something; one that has nothing is left out: `null` =
 * that is known of it and kept as well, `undefined` = it is anybody's text and looked for again. Bound: `mostKept` of each.
 */
export class LookedUp<Value> implements ReadonlyMap<string, Value> {
  readonly #candidates: () => Iterable<string>
  readonly #find: (key: string) => Value | null | undefined
  readonly #kept = new Map<string, Value | null>()
  #absences = 0

  constructor(candidates: () => Iterable<string>, find: (key: string) => Value | null | undefined) {
    this.#candidates = candidates
    this.#find = find
  }

  get size(): number {
    let count = 0
    for (const key of this.#candidates()) if (this.has(key)) count++
    return count
  }

  get(key: string): Value | undefined {
    const known = this.#kept.get(key)
    if (known !== undefined) return known ?? undefined
    const found = this.#find(key)
    if (found !== undefined) this.#keep(key, found)
    return found ?? undefined
  }

  #keep(key: string, found: Value | null): void {
    const ofItsKind = found === null ? this.#absences : this.#kept.size - this.#absences
    if (ofItsKind >= mostKept) return
    if (found === null) this.#absences += 1
    this.#kept.set(key, found)
  }

  has(key: string): boolean {
    return this.#find(key) != null
  }

  *entries(): Generator<[string, Value], undefined> {
    for (const key of this.#candidates()) {
      const value = this.#find(key)
      if (value != null) yield [key, value]
    }
  }

  *keys(): Generator<string, undefined> {
    for (const [key] of this.entries()) yield key
  }

  *values(): Generator<Value, undefined> {
    for (const [, value] of this.entries()) yield value
  }

  [Symbol.iterator](): Generator<[string, Value], undefined> {
    return this.entries()
  }

  forEach(tell: (value: Value, key: string, map: ReadonlyMap<string, Value>) => void): void {
    for (const [key, value] of this.entries()) tell(value, key, this)
  }
}
