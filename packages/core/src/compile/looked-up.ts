/**
 * A map that is not stored: what stands under a key follows from other maps when it is asked for. `keys` tells those
 * that may have something; one that has nothing is left out.
 */
export class LookedUp<Value> implements ReadonlyMap<string, Value> {
  readonly #candidates: () => Iterable<string>
  readonly #find: (key: string) => Value | undefined

  constructor(candidates: () => Iterable<string>, find: (key: string) => Value | undefined) {
    this.#candidates = candidates
    this.#find = find
  }

  get size(): number {
    let count = 0
    for (const key of this.#candidates()) if (this.has(key)) count++
    return count
  }

  get(key: string): Value | undefined {
    return this.#find(key)
  }

  has(key: string): boolean {
    return this.#find(key) !== undefined
  }

  *entries(): Generator<[string, Value], undefined> {
    for (const key of this.#candidates()) {
      const value = this.#find(key)
      if (value !== undefined) yield [key, value]
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
