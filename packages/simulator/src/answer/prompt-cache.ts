import { createHash } from 'node:crypto'
import type { AnswerUsage } from './answer.ts'
import type { CachePoint, Prompt, PromptBlock, PromptTool } from './prompt.ts'
import {
  estimateBlockTokens,
  estimatePromptTokens,
  estimateToolTokens,
  messageFrameTokens,
} from './token-estimate.ts'

type PromptUsage = Omit<AnswerUsage, 'outputTokens'>

interface CachedPrefix {
  readonly key: string
  readonly tokens: number
  readonly timeToLive: '5m' | '1h'
}

const LIFETIME_MS = { '5m': 5 * 60_000, '1h': 60 * 60_000 } as const
const MOST_PREFIXES = 10_000

/**
 * Which prefixes of prompts a vendor would have cached. Bounded to 10,000 prefixes, the oldest leave first. Unlike the
 * vendors it knows no smallest size (1,024 tokens there), so that a test can do with short prompts.
 */
export class PromptCache {
  readonly #expiryByKey = new Map<string, number>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  clear(): void {
    this.#expiryByKey.clear()
  }

  /** Counts the prompt's tokens, reads the longest cached prefix, and keeps what its cache points ask to keep. */
  account(prompt: Prompt, scope: string): PromptUsage {
    const allTokens = estimatePromptTokens(prompt)
    const prefixes = hasCachePoint(prompt) ? cachedPrefixes(prompt, scope) : []
    const now = this.#now()
    const read = prefixes.findLast((prefix) => (this.#expiryByKey.get(prefix.key) ?? 0) > now)
    const last = prefixes.at(-1)
    for (const prefix of prefixes) this.#keep(prefix, now)
    const cacheReadTokens = read?.tokens ?? 0
    const cacheWriteTokens = (last?.tokens ?? 0) - cacheReadTokens
    return {
      inputTokens: allTokens - cacheReadTokens - cacheWriteTokens,
      cacheReadTokens,
      cacheWriteTokens,
      cacheWriteTimeToLive: cacheWriteTokens > 0 ? (last?.timeToLive ?? null) : null,
      ...mixedLifetimes(prefixes, cacheReadTokens, cacheWriteTokens),
    }
  }

  #keep(prefix: CachedPrefix, now: number): void {
    this.#expiryByKey.delete(prefix.key)
    this.#expiryByKey.set(prefix.key, now + LIFETIME_MS[prefix.timeToLive])
    if (this.#expiryByKey.size <= MOST_PREFIXES) return
    const oldest = this.#expiryByKey.keys().next()
    if (oldest.done !== true) this.#expiryByKey.delete(oldest.value)
  }
}

/** Each stretch up to a point is kept as long as that point says. */
function mixedLifetimes(
  prefixes: readonly CachedPrefix[],
  readTokens: number,
  writtenTokens: number,
): Pick<PromptUsage, 'cacheWriteHourTokens'> {
  let from = readTokens
  let hour = 0
  for (const prefix of prefixes) {
    const written = Math.max(0, prefix.tokens - from)
    from += written
    if (prefix.timeToLive === '1h') hour += written
  }
  return hour === 0 || hour === writtenTokens ? {} : { cacheWriteHourTokens: hour }
}

function hasCachePoint(prompt: Prompt): boolean {
  const isPoint = (block: PromptBlock | PromptTool): boolean => block.kind === 'cachePoint'
  return (
    prompt.tools.some(isPoint) ||
    prompt.system.some(isPoint) ||
    prompt.messages.some((message) => message.blocks.some(isPoint))
  )
}

/** The prefix at each cache point, in the vendors' order: tools, system, messages. */
function cachedPrefixes(prompt: Prompt, scope: string): readonly CachedPrefix[] {
  const hash = createHash('sha256').update(scope)
  const prefixes: CachedPrefix[] = []
  let tokens = 0
  const mark = (point: CachePoint): void => {
    prefixes.push({ key: hash.copy().digest('base64'), tokens, timeToLive: point.timeToLive })
  }
  for (const tool of prompt.tools) {
    if (tool.kind === 'cachePoint') mark(tool)
    else {
      tokens += estimateToolTokens(tool)
      hash.update(JSON.stringify(tool))
    }
  }
  hash.update('system')
  const walk = (blocks: readonly PromptBlock[]): void => {
    for (const block of blocks) {
      if (block.kind === 'cachePoint') mark(block)
      else {
        tokens += estimateBlockTokens(block)
        hash.update(JSON.stringify(block))
      }
    }
  }
  walk(prompt.system)
  for (const message of prompt.messages) {
    tokens += messageFrameTokens
    hash.update(message.role)
    walk(message.blocks)
  }
  return prefixes
}
