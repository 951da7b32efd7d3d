import type { Model } from '@pointsman/contract'

import { claudeQuirksOf } from '../claude-quirks.ts'
import type { ClaudeQuirks } from '../claude-quirks.ts'

/**
 * Where models behind one API differ in what they take; what Claude takes everywhere stands in claude-quirks.ts.
 * Chosen by the catalogue's `format`, `generation` and `tier`,
 * never by a model's name.
 */
export interface ModelQuirks extends Omit<ClaudeQuirks, 'reasoning' | 'forcedTools'> {
  /** Where `top_k` goes within `additionalModelRequestFields`; null: the model has none. */
  readonly topK: 'top_k' | 'inferenceConfig.topK' | null
  /** How reasoning is asked for within `additionalModelRequestFields`; null: no way is known. */
  readonly reasoning: ReasoningForm | null
  /** Cache points are taken between tools too, not only in system and messages. */
  readonly toolCachePoints: boolean
  /** Cache points may live an hour. */
  readonly hourCachePoints: boolean
  /** Claude's own `tool_choice` is taken within `additionalModelRequestFields`, in place of Converse's. */
  readonly ownToolChoice: boolean
  /** `strict` is taken of a tool. */
  readonly strictTools: boolean
  /**
   * Which reasoning of earlier turns the model takes back: `signed` by Claude, `unsigned` text (a signature is refused),
   * `own`, which its maker's models sealed, or `none`.
   */
  readonly reasoningBack: 'signed' | 'unsigned' | 'own' | 'none'
  /** Which tools can be forced: `tool` = any of them or one by name, `any` = any of them, or `none`; `as-auto` as of Claude. */
  readonly forcedTools: 'tool' | 'any' | 'none' | 'as-auto'
  /** System texts are taken. */
  readonly system: boolean
}

export type ReasoningForm =
  'thinking-budget' | 'thinking-adaptive' | 'reasoningConfig' | 'reasoning_effort' | 'reasoning.effort'

interface QuirkRow {
  readonly format: string
  /** From this generation of the format on; later rows win. */
  readonly from: number
  readonly set: Partial<ModelQuirks>
  readonly source: string
  readonly date: string
}

const plain: ModelQuirks = {
  sampling: true,
  eitherTemperatureOrTopP: false,
  topK: null,
  reasoning: null,
  xhighEffort: false,
  thinkingBudget: false,
  alwaysReasons: false,
  thinkingOff: true,
  betweenTools: false,
  boundThoughts: false,
  prefill: true,
  toolCachePoints: false,
  hourCachePoints: false,
  ownToolChoice: false,
  strictTools: false,
  reasoningBack: 'unsigned',
  // What is not known passes: newer open models take both (langchain-ai/langchain-aws issue 1278, run with gpt-oss, 2026-09).
  forcedTools: 'tool',
  system: true,
}

const rows: readonly QuirkRow[] = [
  {
    format: 'claude',
    from: 0,
    set: { topK: 'top_k', toolCachePoints: true, reasoningBack: 'signed', strictTools: true },
    source: 'AWS Bedrock user guide: Claude inference parameters; prompt caching, table of cacheable fields',
    date: '2026-11',
  },
  {
    format: 'claude',
    from: 4.5,
    set: { hourCachePoints: true, ownToolChoice: true },
    source:
      'AWS Bedrock user guide: prompt caching; BerriAI/litellm pull 34347, run against Converse; @ai-sdk/amazon-bedrock 5.0.101 sends all kinds of choice so',
    date: '2026-11',
  },
  {
    format: 'claude',
    from: 4.7,
    set: { strictTools: false },
    source:
      'lobehub/lobehub issue 19876, run with Opus 5.5 and Fable 5.1: "tools.0.custom.strict: Extra inputs are not permitted"; BerriAI/litellm 1.110.2 lists Opus 4.7 and those after it, and says that Nova, Llama and gpt-oss refuse it too',
    date: '2026-11',
  },
  {
    format: 'nova',
    from: 0,
    set: { topK: 'inferenceConfig.topK', reasoningBack: 'none' },
    source:
      'AWS Nova user guide: request and response schema; can1357/oh-my-pi pull 9086, run: Nova refuses its own reasoning',
    date: '2026-11',
  },
  {
    format: 'nova',
    from: 2,
    set: { reasoning: 'reasoningConfig' },
    source: 'AWS Nova 2 user guide: extended thinking',
    date: '2026-11',
  },
  {
    format: 'llama',
    from: 0,
    set: { forcedTools: 'none' },
    source:
      'run-llama/llama_index issue 19886, strands-agents/harness-sdk issue 1241: "This model doesn\'t support the toolConfig.toolChoice.any field"',
    date: '2025-11',
  },
  {
    format: 'cohere',
    from: 0,
    set: { forcedTools: 'none' },
    source: 'AWS Bedrock API reference: ToolChoice, taken by Claude, Nova and Mistral Large alone',
    date: '2025-09',
  },
  {
    format: 'titan',
    from: 0,
    set: { system: false },
    source:
      'danny-avila/LibreChat issue 6456, Mintplex-Labs/anything-llm issue 2486: "This model doesn\'t support system messages"',
    date: '2025-03',
  },
  {
    format: 'mistral',
    from: 0,
    set: { system: false },
    source: 'instructor issue 1753 and AWS Bedrock user guide, supported models: Mistral 7B and Mixtral 8x7B',
    date: '2025-08',
  },
  {
    format: 'mistral',
    from: 1,
    set: { system: true },
    source: 'AWS Bedrock user guide, supported models: those after Mixtral take system texts',
    date: '2025-08',
  },
  {
    // Those of 2024 and 2025 are counted by their year.
    format: 'mistral',
    from: 24,
    set: { forcedTools: 'any' },
    source:
      'AWS Bedrock API reference: ToolChoice, `tool` is for Claude and Nova; langchain-aws does the same',
    date: '2025-09',
  },
  {
    format: 'openai',
    from: 0,
    set: { reasoning: 'reasoning_effort' },
    source: 'BerriAI/litellm issue 13959 lists the fields that gpt-oss takes',
    date: '2025-08',
  },
  {
    format: 'openai',
    from: 5,
    set: { reasoning: 'reasoning.effort', reasoningBack: 'own' },
    source:
      'stdapi-ai/stdapi.ai issue 283, probed: the flat field is refused; BerriAI/litellm pull 41785: encrypted reasoning goes back; UKGovernmentBEIS/inspect_ai issue 5217, run: reasoningText is refused',
    date: '2026-09',
  },
]

export function quirksOf(model: Pick<Model, 'format' | 'generation' | 'tier'>): ModelQuirks {
  const { format, generation } = model
  const start = format === 'claude' ? { ...plain, ...claudeQuirksOf(model) } : plain
  return rows
    .filter((row) => row.format === format && generation >= row.from)
    .reduce<ModelQuirks>((quirks, row) => ({ ...quirks, ...row.set }), start)
}
