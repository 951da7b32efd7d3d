import type { Answer, StopReason } from '../answer/answer.ts'
import type { SimulatedModel } from '../simulated-model.ts'
import type { Modalities } from './usage.ts'

/** An answer with what is told beside it. */
export interface Serving {
  readonly answer: Answer
  /** Further candidates, where several were asked for. */
  readonly others: readonly Answer[]
  readonly model: SimulatedModel
  readonly seedHex: string
  readonly responseId: string
  readonly modalities: Modalities
  readonly showsThoughts: boolean
  /** True when the model thought, so that its parts carry signatures. */
  readonly thought: boolean
  readonly logprobs: number | null
  readonly serviceTier: string | null
  /** What a script says for the reason of the end: `SAFETY`, `MALFORMED_FUNCTION_CALL`, `RECITATION`, … */
  readonly scriptedFinish: string | null
}

const FINISH_REASONS: Readonly<Record<StopReason, string>> = {
  end_turn: 'STOP',
  tool_use: 'STOP',
  stop_sequence: 'STOP',
  max_tokens: 'MAX_TOKENS',
  refusal: 'SAFETY',
}

export function finishReason(serving: Serving, answer: Answer): string {
  return serving.scriptedFinish ?? FINISH_REASONS[answer.stopReason]
}

/** Models from the third generation on give each call an id, of eight characters; earlier ones give none. */
export function callId(serving: Serving, id: string): { readonly id?: string } {
  return (serving.model.generation ?? 0) >= 3 ? { id: id.slice(0, 8).toLowerCase() } : {}
}

/**
 * Which block carries the signature of the thoughts: the first call, as calls made in parallel share one; without a
 * call the last words, and those only from the third generation on. -1 = none.
 */
export function signedBlock(serving: Serving, answer: Answer): number {
  if (!serving.thought) return -1
  const call = answer.blocks.findIndex((block) => block.kind === 'toolUse')
  if (call !== -1) return call
  return (serving.model.generation ?? 0) >= 3
    ? answer.blocks.findLastIndex((block) => block.kind === 'text')
    : -1
}
