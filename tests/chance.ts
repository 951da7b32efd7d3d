/** Chance that comes out the same for the same seed, so that whatever it finds can be found again. */
export interface Chance {
  /** 0 ≤ next() < 1. */
  next(): number
  /** A whole number from 0 to below the limit. */
  readonly below: (limit: number) => number
  /** True in this share of all cases. */
  happens(share: number): boolean
  /** Throws for an empty list. */
  one<Item>(items: readonly Item[]): Item
}

/** Numbers in [0, 1). Mulberry32 (Tommy Ettinger, public domain): 32 bits of state are enough for as many as anybody waits for. */
export function chanceOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export function createChance(seed: number): Chance {
  const next = chanceOf(seed)
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    next,
    below,
    happens: (share) => next() < share,
    one: (items) => {
      const item = items[below(items.length)]
      if (item === undefined) throw new Error('nothing to choose from')
      return item
    },
  }
}

/** Of one body among many: neighbours must not resemble each other. */
export const seedOf = (seed: number, index: number): number =>
  Math.imul(seed ^ Math.imul(index + 1, 0x9e3779b1), 0x85ebca6b) >>> 0
