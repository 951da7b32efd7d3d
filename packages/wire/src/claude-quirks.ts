import type { Model } from '@pointsman/contract'

/**
 * Where generations of Claude differ in what they take, on whichever API they are called. Chosen by the catalogue's
 * `generation` and `tier`, never by a model's name.
 */
export interface ClaudeQuirks {
  /** False: temperature, top_p and top_k are refused by the model. */
  readonly sampling: boolean
  /** Temperature and top_p may not stand together. */
  readonly eitherTemperatureOrTopP: boolean
  /** How thinking is asked for; null: it has none. */
  readonly reasoning: 'thinking-budget' | 'thinking-adaptive' | null
  /** `xhigh` is a level of effort. */
  readonly xhighEffort: boolean
  /** A budget of tokens for thinking is taken, be it as the older way beside `reasoning`. */
  readonly thinkingBudget: boolean
  /** Thinks unless told otherwise. */
  readonly alwaysReasons: boolean
  /** Can be told not to think. */
  readonly thinkingOff: boolean
  /** Can be told to think between tools only, which is the least of some that cannot be kept from it. */
  readonly betweenTools: boolean
  /** `tool` = any tool can be forced, or one by name; `as-auto` = none, yet it calls what it is offered. */
  readonly forcedTools: 'tool' | 'as-auto'
  /** Takes a thought back only behind what it was thought with: system text, tools and messages. */
  readonly boundThoughts: boolean
  /** Goes on with an answer that the caller began. */
  readonly prefill: boolean
}

interface QuirkRow {
  /** From this generation on; later rows win. */
  readonly from: number
  /** The tier that goes on taking what the others refuse. */
  readonly exceptTier?: string
  /** The only tier that it is so of. */
  readonly onlyTier?: string
  readonly set: Partial<ClaudeQuirks>
  readonly source: string
  readonly date: string
}

const plain: ClaudeQuirks = {
  sampling: true,
  eitherTemperatureOrTopP: false,
  reasoning: null,
  xhighEffort: false,
  thinkingBudget: false,
  alwaysReasons: false,
  thinkingOff: true,
  betweenTools: false,
  forcedTools: 'tool',
  boundThoughts: false,
  prefill: true,
}

const rows: readonly QuirkRow[] = [
  {
    from: 3.7,
    set: { reasoning: 'thinking-budget', thinkingBudget: true },
    source: 'AWS Bedrock user guide: claude-messages-extended-thinking',
    date: '2026-11',
  },
  {
    from: 4.1,
    set: { eitherTemperatureOrTopP: true },
    source:
      'aws-samples/bedrock-chat pull 979, bedrock-access-gateway pulls 208 and 238: "cannot both be specified"',
    date: '2026-04',
  },
  {
    from: 4.6,
    set: { reasoning: 'thinking-adaptive' },
    source: 'AWS Bedrock user guide: claude-messages-adaptive-thinking; langchain-ai/langchain-aws pull 1188',
    date: '2026-07',
  },
  {
    from: 4.6,
    set: { prefill: false },
    source:
      'anomalyco/opencode issue 13768, langchain-ai/deepagents issue 1585: "does not support assistant message prefill"',
    date: '2026-04',
  },
  {
    from: 4.7,
    set: { sampling: false, thinkingBudget: false },
    source:
      'platform.claude.com migration guides of Opus 4.7 and Sonnet 5: sampling parameters and budgets of thinking give 400',
    date: '2026-11',
  },
  {
    from: 4.7,
    set: { xhighEffort: true },
    source: 'platform.claude.com, effort: xhigh from Opus 4.7 on; anthropics/claude-code issue 92387',
    date: '2026-09',
  },
  {
    from: 5,
    set: { alwaysReasons: true },
    source: 'platform.claude.com migration guides of Sonnet 5 and the 5.5 generation',
    date: '2026-11',
  },
  {
    from: 5.1,
    exceptTier: 'haiku',
    set: { thinkingOff: false },
    source:
      'platform.claude.com migration guides of Opus 5.5 and Sonnet 5.5: "thinking.type.disabled" gives 400; effort: Haiku 5.5 takes it up to effort high; openrouter.ai, Claude 5.5: so it came with Fable 5.1',
    date: '2026-11',
  },
  {
    from: 5.5,
    onlyTier: 'sonnet',
    set: { betweenTools: true },
    source:
      '@ai-sdk/anthropic 4 and @ai-sdk/amazon-bedrock 5.0.101: the lowest setting of claude-sonnet-5-5, which no other model has',
    date: '2026-11',
  },
  {
    from: 5.1,
    exceptTier: 'haiku',
    set: { forcedTools: 'as-auto' },
    source:
      'platform.claude.com, thinking: Fable 5.1, Opus 5.5 and Sonnet 5.5 reject forced tool use on every request, and "auto" is to be sent instead; migration guide of Haiku 5.5: accepted; vercel/ai issue 21364: so on Bedrock',
    date: '2026-11',
  },
  {
    from: 5.1,
    set: { boundThoughts: true },
    source:
      'platform.claude.com, preserved thinking: accounts since 2026-08-31 get 400; AWS Bedrock user guide: claude-messages-thinking-block-binding',
    date: '2026-11',
  },
]

export function claudeQuirksOf({ generation, tier }: Pick<Model, 'generation' | 'tier'>): ClaudeQuirks {
  return rows
    .filter(
      ({ from, exceptTier, onlyTier }) =>
        generation >= from && exceptTier !== (tier ?? '') && (onlyTier ?? tier) === tier,
    )
    .reduce<ClaudeQuirks>((quirks, row) => ({ ...quirks, ...row.set }), plain)
}
