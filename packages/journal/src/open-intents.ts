import type { RequestId } from '@pointsman/contract'

/** A power of two. */
const chains = 1_024

interface Open {
  readonly id: RequestId
  readonly segment: number
  next: Open | null
}

/**
 * The ids of intents that have no outcome yet, and the segments that they stand in. Not a `Set`: V8 keeps each text that a set or a map is asked for in its one
 * table of all texts, outside of the young generation: 0.7 µs for each id here against 0.1 (Node 26.10, in a loop), and each id
 * left to whole collections. Ids are random, so that by their last characters they fall into short chains. A holder; bounded by
 * its owner.
 */
export class OpenIntents {
  readonly #chains = new Array<Open | null>(chains).fill(null)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** It stands in this segment or in a later one. */
  add(id: RequestId, segment: number): void {
    const place = chainOf(id)
    const first = this.#chains[place] ?? null
    for (let open = first; open !== null; open = open.next) if (open.id === id) return
    this.#chains[place] = { id, segment, next: first }
    this.#size += 1
  }

  /** No intent before this segment is open; `next` where none is. Walks all of them. */
  oldestSegment(next: number): number {
    let oldest = next
    for (const first of this.#chains)
      for (let open = first; open !== null; open = open.next) oldest = Math.min(oldest, open.segment)
    return oldest
  }

  delete(id: RequestId): void {
    const place = chainOf(id)
    let before: Open | null = null
    for (let open = this.#chains[place] ?? null; open !== null; open = open.next) {
      if (open.id === id) {
        if (before === null) this.#chains[place] = open.next
        else before.next = open.next
        this.#size -= 1
        return
      }
      before = open
    }
  }
}

/** Of less than three characters all fall into the first one. */
function chainOf(id: RequestId): number {
  const end = id.length
  const mixed = id.charCodeAt(end - 1) + 31 * id.charCodeAt(end - 2) + 961 * id.charCodeAt(end - 3)
  return mixed & (chains - 1)
}
