/** Numbers that look random and are the same for the same seed, so that an answer follows from its request. */
export class Chance {
  #state: number

  /** `seedHex`: any hexadecimal digest; its first 32 bits count. */
  constructor(seedHex: string) {
    const parsed = Number.parseInt(seedHex.slice(0, 8), 16)
    this.#state = Number.isNaN(parsed) ? 1 : parsed
  }

  /** 0 ≤ x < 1. The generator is mulberry32: small, and even enough for prose. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  /** A whole number, both ends included. */
  between(lowest: number, highest: number): number {
    return lowest + Math.floor(this.fraction() * (highest - lowest + 1))
  }

  /** One of the items; the fallback when there are none. */
  pick<Item>(items: readonly Item[], fallback: Item): Item {
    return items[this.between(0, items.length - 1)] ?? fallback
  }

  /** Letters and digits, for ids. */
  word(length: number): string {
    let text = ''
    for (let position = 0; position < length; position += 1) text += ALPHABET[this.between(0, 61)] ?? 'a'
    return text
  }
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
