import { createHash } from 'node:crypto'
import type { Hash } from 'node:crypto'
import type { AnswerUsage } from './answer.ts'
import type { CachePoint, Prompt, PromptBlock, PromptTool } from './prompt.ts'
import {
  estimateBlockTokens,
  estimatePromptTokens,
  estimateToolTokens,
  messageFrameTokens,
} from './token-estimate.ts'

type PromptUsage = Omit<AnswerUsage, 'outputTokens'>

interface Prefix {
  readonly key: string
  readonly tokens: number
}

interface CachedPrefix extends Prefix {
  readonly timeToLive: '5m' | '1h'
}

interface Kept {
  readonly expiresAtMs: number
  readonly timeToLive: '5m' | '1h'
}

const LIFETIME_MS = { '5m': 5 * 60_000, '1h': 60 * 60_000 } as const
const MOST_PREFIXES = 10_000

/**
 * Claude finds what an earlier request kept at one of the blocks before a mark, too: so a mark that moves with the end of
 * a conversation reads the turns before it (platform.claude.com, prompt caching; AWS Bedrock user guide; 2026-11).
 */
export const CLAUDE_LOOKS_BACK = 20

/**
 * Which prefixes of prompts a vendor would have cached. Bounded to 10,000 prefixes, the oldest leave first. Unlike the
 * vendors it knows no smallest size (1,024 tokens there), so that a test can do with short prompts.
 */
export class PromptCache {
  readonly #kept = new Map<string, Kept>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  clear(): void {
    this.#kept.clear()
  }

  /**
   * Counts the prompt's tokens, reads the longest cached prefix, and keeps what its cache points ask to keep. `lookBack`
   * is the number of blocks before each point at which the vendor looks too.
   */
  account(prompt: Prompt, scope: string, lookBack = 0): PromptUsage {
    const allTokens = estimatePromptTokens(prompt)
    const { marked: prefixes, readable } = hasCachePoint(prompt)
      ? cachedPrefixes(prompt, scope, lookBack)
      : NO_PREFIXES
    const now = this.#now()
    const read = this.#longest(readable, now)
    const last = prefixes.at(-1)
    if (read !== null) this.#keep(read, now)
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

  #longest(prefixes: readonly Prefix[], now: number): CachedPrefix | null {
    let longest: CachedPrefix | null = null
    for (const prefix of prefixes) {
      const kept = this.#kept.get(prefix.key)
      if (kept === undefined || kept.expiresAtMs <= now) continue
      if (prefix.tokens >= (longest?.tokens ?? 0)) longest = { ...prefix, timeToLive: kept.timeToLive }
    }
    return longest
  }

  /** What is read is kept anew. */
  #keep({ key, timeToLive }: CachedPrefix, now: number): void {
    this.#kept.delete(key)
    this.#kept.set(key, { expiresAtMs: now + LIFETIME_MS[timeToLive], timeToLive })
    if (this.#kept.size <= MOST_PREFIXES) return
    const oldest = this.#kept.keys().next()
    if (oldest.done !== true) this.#kept.delete(oldest.value)
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
  return (
    prompt.tools.some(isPoint) ||
    prompt.system.some(isPoint) ||
    prompt.messages.some((message) => message.blocks.some(isPoint))
  )
}

function isPoint(block: PromptBlock | PromptTool): block is CachePoint {
  return block.kind === 'cachePoint'
}

interface Prefixes {
  /** At each cache point. */
  readonly marked: readonly CachedPrefix[]
  /** Where the vendor looks for what it kept: at the points, and at the blocks before them. */
  readonly readable: readonly Prefix[]
}

const NO_PREFIXES: Prefixes = { marked: [], readable: [] }

interface BlockEnd {
  readonly hash: Hash
  readonly tokens: number
}

function prefixOf({ hash, tokens }: BlockEnd): Prefix {
  return { key: hash.copy().digest('base64'), tokens }
}

/** In the vendors' order: tools, system, messages. */
function cachedPrefixes(prompt: Prompt, scope: string, lookBack: number): Prefixes {
  const hash = createHash('sha256').update(scope)
  const marked: CachedPrefix[] = []
  const readable: Prefix[] = []
  const before: BlockEnd[] = []
  let tokens = 0
  const walk = <Block extends PromptBlock | PromptTool>(
    blocks: readonly (Block | CachePoint)[],
    tokensOf: (block: Block) => number,
  ): void => {
    for (const block of blocks) {
      if (isPoint(block)) {
        const own = prefixOf({ hash, tokens })
        marked.push({ ...own, timeToLive: block.timeToLive })
        readable.push(...before.map(prefixOf), own)
        continue
      }
      tokens += tokensOf(block)
      hash.update(JSON.stringify(block))
      if (lookBack === 0) continue
      before.push({ hash: hash.copy(), tokens })
      if (before.length > lookBack + 1) before.shift()
    }
  }
  walk<PromptTool>(prompt.tools, estimateToolTokens)
  hash.update('system')
  walk(prompt.system, estimateBlockTokens)
  for (const message of prompt.messages) {
    tokens += messageFrameTokens
    hash.update(message.role)
    walk(message.blocks, estimateBlockTokens)
  }
  return { marked, readable }
}
