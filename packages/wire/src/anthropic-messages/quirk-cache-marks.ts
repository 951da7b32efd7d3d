import type { CacheMark, ChatCall, JsonObject, Model } from '@pointsman/contract'

import type { WarningList } from '../warning-list.ts'

/** Anthropic refuses more (documentation of prompt caching, 2026-11). */
const mostMarks = 4

function* marksOf(call: ChatCall): Generator<CacheMark> {
  for (const tool of call.tools) if (tool.cacheMark !== null) yield tool.cacheMark
  for (const part of call.system) if (part.kind === 'cache-mark') yield part
  for (const message of call.messages) {
    for (const part of message.parts) if (part.kind === 'cache-mark') yield part
  }
}

/**
 * The marks of one request, in the vendor's order: tools, system, messages. Of too many the last stay, because each
 * caches all that stands before it. Lives for one translation.
 */
export class CacheMarks {
  readonly #warnings: WarningList
  readonly #taken: boolean
  #skip: number
  #isShort = false

  constructor(call: ChatCall, model: Model, warnings: WarningList) {
    this.#warnings = warnings
    this.#taken = model.abilities.promptCaching !== false
    this.#skip = Math.max(0, [...marksOf(call)].length - mostMarks)
  }

  /** The member that marks a block or a tool; null where the mark is left out. */
  write(mark: CacheMark): JsonObject | null {
    if (!this.#taken) {
      this.#warnings.add('cache', 'this model is known not to cache prompts; cache marks were left out')
      return null
    }
    if (this.#skip > 0) {
      this.#skip -= 1
      this.#warnings.add('cache', `this API takes ${mostMarks} cache marks; the first ones were left out`)
      return null
    }
    const lifetime = this.#lifetimeOf(mark)
    const ttl = lifetime === null ? {} : { ttl: lifetime }
    return { cache_control: { type: 'ephemeral', ...ttl } }
  }

  /** "A ttl='1h' cache_control block must not come after a ttl='5m' cache_control block" (headroom issue 2939, 2026-08). */
  #lifetimeOf({ lifetime }: CacheMark): CacheMark['lifetime'] {
    this.#isShort ||= lifetime !== '1h'
    if (!this.#isShort || lifetime !== '1h') return lifetime
    this.#warnings.add(
      'cache',
      'this API caches nothing for an hour behind what it caches for five minutes, which was asked for',
    )
    return '5m'
  }
}

/** Thoughts take no mark; the block before them does. */
const takesMark = (block: JsonObject): boolean =>
  block['type'] !== 'thinking' && block['type'] !== 'redacted_thinking'

/** Marks the last block that takes it; false where there is none. */
export function markLast(blocks: JsonObject[], member: JsonObject): boolean {
  const at = blocks.findLastIndex(takesMark)
  const block = blocks[at]
  if (block === undefined) return false
  blocks[at] = { ...block, ...member }
  return true
}
