import type { Answer, AnswerBlock, AnswerUsage } from '../answer/answer.ts'
import { blockTokens } from '../answer/compose.ts'
import type { SimulatedModel } from '../simulated-model.ts'

/** An answer with what is told beside it. */
export interface Serving {
  readonly answer: Answer
  /** Further choices, where several were asked for. */
  readonly others: readonly Answer[]
  /** As the request names it. */
  readonly modelId: string
  readonly seedHex: string
  /** Of the answer, without a prefix. */
  readonly id: string
  readonly createdS: number
  readonly serviceTier: string | null
  /** False where a script leaves the usage out. */
  readonly tellsUsage: boolean
}

/** Of all choices together: the prompt counts once. */
export const usageOfAll = ({ answer, others }: Serving): AnswerUsage => ({
  ...answer.usage,
  outputTokens: [answer, ...others].reduce((sum, { usage }) => sum + usage.outputTokens, 0),
})

export const reasoningTokens = (answer: Answer): number =>
  answer.blocks.reduce((sum, block) => sum + (block.kind === 'reasoning' ? blockTokens(block) : 0), 0)

export const textOf = (answer: Answer): string =>
  answer.blocks.map((block) => (block.kind === 'text' ? block.text : '')).join('')

export type CallBlock = Extract<AnswerBlock, { kind: 'toolUse' }>
export const callsOf = (answer: Answer): readonly CallBlock[] =>
  answer.blocks.filter((block) => block.kind === 'toolUse')

/** `call_` and 24 letters, as the vendor's ids are. */
export const callId = (id: string): string => `call_${id.slice(0, 24)}`

/** The vendor counts what it read from its cache as input too. */
export const promptTokens = ({ usage }: Answer): number => usage.inputTokens + usage.cacheReadTokens

/** `priority` is also called `fast`; models from GPT-6 on tell it so, earlier ones as `priority` (docs.litellm.ai, 2026-10-06). */
export const servedTier = (asked: string | null, { generation }: SimulatedModel): string | null =>
  asked === 'priority' || asked === 'fast' ? ((generation ?? 0) >= 6 ? 'fast' : 'priority') : asked
