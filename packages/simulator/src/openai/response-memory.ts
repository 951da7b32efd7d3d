import type { JsonObject } from '../json.ts'

/** A response as the vendor keeps it for later requests. */
export interface KeptResponse {
  readonly id: string
  /** The whole answer, as it was sent. */
  readonly body: string
  /** The conversation up to and with this answer: what a request that goes on from it begins with. */
  readonly items: readonly JsonObject[]
  /** The answer's own items among them, by their ids. */
  readonly output: ReadonlyMap<string, JsonObject>
}

const MOST_RESPONSES = 1_000
const MOST_BYTES = 64 * 1_048_576

/**
 * Responses that were not asked to be forgotten (`store: false`), so that `previous_response_id` and references to
 * items lead somewhere. Bounded to 1,000 responses and 64 MB of JSON; the oldest leave first.
 */
export class ResponseMemory {
  readonly #byId = new Map<string, { readonly response: KeptResponse; readonly bytes: number }>()
  readonly #itemsById = new Map<string, JsonObject>()
  /** Ids of the thoughts that led to items, by the items' ids. */
  readonly #thoughtByItem = new Map<string, string>()
  #bytes = 0

  keep(response: KeptResponse): void {
    const bytes = response.body.length + JSON.stringify(response.items).length
    this.forget(response.id)
    this.#byId.set(response.id, { response, bytes })
    this.#bytes += bytes
    let thought: string | null = null
    for (const [itemId, item] of response.output) {
      this.#itemsById.set(itemId, item)
      if (item['type'] === 'reasoning') thought = itemId
      else if (thought !== null) this.#thoughtByItem.set(itemId, thought)
    }
    for (const id of this.#byId.keys()) {
      if (this.#byId.size <= MOST_RESPONSES && this.#bytes <= MOST_BYTES) return
      this.forget(id)
    }
  }

  response(id: string): KeptResponse | null {
    return this.#byId.get(id)?.response ?? null
  }

  item(id: string): JsonObject | null {
    return this.#itemsById.get(id) ?? null
  }

  /** The id of the thought without which the vendor does not take an item back. */
  thoughtOf(itemId: string): string | null {
    return this.#thoughtByItem.get(itemId) ?? null
  }

  /** True when it was there. */
  forget(id: string): boolean {
    const kept = this.#byId.get(id)
    if (kept === undefined) return false
    this.#byId.delete(id)
    this.#bytes -= kept.bytes
    for (const itemId of kept.response.output.keys()) {
      this.#itemsById.delete(itemId)
      this.#thoughtByItem.delete(itemId)
    }
    return true
  }

  clear(): void {
    this.#byId.clear()
    this.#itemsById.clear()
    this.#thoughtByItem.clear()
    this.#bytes = 0
  }
}
