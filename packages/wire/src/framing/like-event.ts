/** Members whose text differs from event to event. Never found inside a string, where the quotes would be escaped. */
const varying =
  /("(?:content|reasoning_content|reasoning|refusal|arguments|obfuscation)"\s*:\s*)"(?:[^"\\]|\\.)*"/g
/** What may stand between the quotes of a JSON string. */
const insideString = /(?:[^"\\\0-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y
/** An expression remembers each character that it may have to give back. */
const longestBytes = 4_096
/** To look in vain costs a fifth of reading an event: a stream that differs in other members is looked at ever more seldom. */
const longestRest = 64

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Most events of a stream are the one before them with another word. Of an event that was found to be whole JSON, and to
 * tell accounting nothing, is kept what stands around its words; the next one is compared with that, and of its words is
 * only seen that they are strings: it then is what the other was. 0.4 µs for a chunk of 290 bytes, where cutting, checking
 * and searching it take 1.45 (Node 26).
 */
export class LikeEvent {
  #known: string | null = null
  /** What stands before, between and after the words of `#known`; null = not yet looked for. */
  #around: readonly string[] | null = null
  #misses = 0
  /** So many events more are not compared. */
  #rest = 0

  /** One line of whole JSON and a blank one. */
  learn(event: string): void {
    this.#known = event.length > longestBytes ? null : event
    this.#around = null
  }

  /** Whether these bytes are exactly one event like the one that is known. */
  matches(bytes: Uint8Array): boolean {
    if (this.#known === null || bytes.length > longestBytes) return false
    if (this.#rest > 0) {
      this.#rest -= 1
      return false
    }
    // No control character stands in a line of JSON.
    this.#around ??= this.#known.replace(varying, '$1"\0"').split('\0')
    const isLike = liesAround(this.#around, bytes)
    this.#misses = isLike ? 0 : this.#misses + 1
    if (!isLike) this.#rest = Math.min(2 ** (this.#misses - 1) - 1, longestRest)
    return isLike
  }
}

function liesAround(around: readonly string[], bytes: Uint8Array): boolean {
  let event: string
  try {
    event = decoder.decode(bytes)
  } catch {
    // Not UTF-8: for the reader to refuse.
    return false
  }
  let at = 0
  for (const text of around) {
    if (at > 0) {
      insideString.lastIndex = at
      insideString.test(event)
      at = insideString.lastIndex
    }
    const end = at + text.length
    // `startsWith` goes character by character, five times as slow.
    if (event.slice(at, end) !== text) return false
    at = end
  }
  return at === event.length
}
