/**
 * Tokens in separate buckets: `input` EXCLUDES what was read from or written to a prompt cache (Bedrock's and
 * Anthropic's rule; OpenAI and Gemini include it and are converted, bedrock.md 1.3). `null` = the vendor did
 * not say, never 0.
 */
export interface UsageBuckets {
  readonly inputTokens: number | null
  readonly cacheReadTokens: number | null
  readonly cacheWrite5mTokens: number | null
  readonly cacheWrite1hTokens: number | null
  /** All output, reasoning included. */
  readonly outputTokens: number | null
  /** The share of `outputTokens` that was reasoning. */
  readonly reasoningTokens: number | null
  /**
   * What others took: models within the answer, and answers before it that could not be given. In none of the
   * buckets, because their tokens have other prices.
   */
  readonly others?: readonly OtherUsage[]
}

export interface OtherUsage {
  /** In the vendor's words. */
  readonly model: string
  readonly usage: UsageBuckets
}

/** What an answer tells of its usage: beside the buckets, what its cost depends on and no record keeps. */
export interface ToldUsage extends UsageBuckets {
  /** Who answered, in the vendor's words, where the vendor put another model in the place of the one that was asked. */
  readonly servedModel?: string
  /**
   * What the buckets are the sum of, where the vendor called the model more than once for an answer: the rates of long inputs
   * hold for a call by its own.
   */
  readonly calls?: readonly UsageBuckets[]
  /** The service tier of the others, as prices name it: where they ran, too, has a price. Left out = the standard one, or not told. */
  readonly othersTier?: string
  /** What the vendor bills beside these tokens, or some of them by, and no price covers: warnings of the cost. */
  readonly unpriced?: readonly string[]
}

const beyondBuckets = ['servedModel', 'calls', 'othersTier', 'unpriced'] as const

/** What a record keeps of it. */
export function bucketsOf(usage: ToldUsage): UsageBuckets {
  if (!beyondBuckets.some((name) => usage[name] !== undefined)) return usage
  const { servedModel: _, calls: _calls, othersTier: _tier, unpriced: _unpriced, ...buckets } = usage
  return buckets
}

/** All of the input, what a cache read or wrote included: the buckets exclude each other. Null = the vendor did not say. */
export const inputTokensOf = (usage: UsageBuckets): number | null =>
  usage.inputTokens === null
    ? null
    : usage.inputTokens +
      (usage.cacheReadTokens ?? 0) +
      (usage.cacheWrite5mTokens ?? 0) +
      (usage.cacheWrite1hTokens ?? 0)

/** Of operations that no vendor bills. */
export const noUsage: UsageBuckets = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
}

export const unknownUsage: UsageBuckets = {
  inputTokens: null,
  cacheReadTokens: null,
  cacheWrite5mTokens: null,
  cacheWrite1hTokens: null,
  outputTokens: null,
  reasoningTokens: null,
}
