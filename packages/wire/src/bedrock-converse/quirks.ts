import type { Model } from '@pointsman/contract'

/**
 * Where models behind one API differ in what they take. Chosen by the catalogue's `format` and `generation`,
 * never by a model's name.
 */
export interface ModelQuirks {
  /** False: temperature, top_p and top_k are refused by the model. */
  readonly sampling: boolean
  /** Temperature and top_p may not stand together. */
  readonly eitherTemperatureOrTopP: boolean
  /** Where `top_k` goes within `additionalModelRequestFields`; null: the model has none. */
  readonly topK: 'top_k' | 'inferenceConfig.topK' | null
  /** How reasoning is asked for within `additionalModelRequestFields`; null: no way is known. */
  readonly reasoning: ReasoningForm | null
  /** Thinks unless told otherwise, and not every one can be told. */
  readonly alwaysReasons: boolean
  /** Cache points are taken between tools too, not only in system and messages. */
  readonly toolCachePoints: boolean
  /** Cache points may live an hour. */
  readonly hourCachePoints: boolean
  /** `tool_choice.disable_parallel_tool_use` within `additionalModelRequestFields`. */
  readonly serialToolSwitch: boolean
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
  alwaysReasons: false,
  toolCachePoints: false,
  hourCachePoints: false,
  serialToolSwitch: false,
}

const rows: readonly QuirkRow[] = [
  {
    format: 'claude',
    from: 0,
    set: { topK: 'top_k', toolCachePoints: true },
    source: 'AWS Bedrock user guide: Claude inference parameters; prompt caching, table of cacheable fields',
    date: '2026-11',
  },
  {
    format: 'claude',
    from: 3.7,
    set: { reasoning: 'thinking-budget' },
    source: 'AWS Bedrock user guide: claude-messages-extended-thinking',
    date: '2026-11',
  },
  {
    format: 'claude',
    from: 4.1,
    set: { eitherTemperatureOrTopP: true },
    source:
      'aws-samples/bedrock-chat pull 979, bedrock-access-gateway pulls 208 and 238: "cannot both be specified"',
    date: '2026-04',
  },
  {
    format: 'claude',
    from: 4.5,
    set: { hourCachePoints: true, serialToolSwitch: true },
    source: 'AWS Bedrock user guide: prompt caching; BerriAI/litellm pull 34347, run against Converse',
    date: '2026-07',
  },
  {
    format: 'claude',
    from: 4.6,
    set: { reasoning: 'thinking-adaptive' },
    source: 'AWS Bedrock user guide: claude-messages-adaptive-thinking; langchain-ai/langchain-aws pull 1188',
    date: '2026-07',
  },
  {
    format: 'claude',
    from: 4.7,
    set: { sampling: false },
    source: 'platform.claude.com migration guides of Opus 4.7 and Sonnet 5: sampling parameters give 400',
    date: '2026-11',
  },
  {
    format: 'claude',
    from: 5,
    set: { alwaysReasons: true },
    source: 'platform.claude.com migration guides of Sonnet 5 and the 5.5 generation',
    date: '2026-11',
  },
  {
    format: 'nova',
    from: 0,
    set: { topK: 'inferenceConfig.topK' },
    source: 'AWS Nova user guide: request and response schema',
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
    format: 'openai',
    from: 0,
    set: { reasoning: 'reasoning_effort' },
    source: 'BerriAI/litellm issue 13959 lists the fields that gpt-oss takes',
    date: '2025-08',
  },
  {
    format: 'openai',
    from: 5,
    set: { reasoning: 'reasoning.effort' },
    source: 'stdapi-ai/stdapi.ai issue 283, probed: the flat field is refused',
    date: '2026-09',
  },
]

export function quirksOf(model: Pick<Model, 'format' | 'generation'>): ModelQuirks {
  return rows
    .filter((row) => row.format === model.format && model.generation >= row.from)
    .reduce<ModelQuirks>((quirks, row) => ({ ...quirks, ...row.set }), plain)
}
