import type { Finish } from '@pointsman/contract'

/**
 * Vendors' words for an answer that is no whole one although no limit and no filter ended it: the model wrote what cannot
 * be read, or its turn was interrupted (@google/genai 2.32 `FinishReason`; Bedrock service model, 2026 `StopReason`;
 * @anthropic-ai/sdk 1.14 `StopReason`; openai SDK 6.49, `Response.status`).
 */
const words: ReadonlySet<string> = new Set([
  ...['MALFORMED_FUNCTION_CALL', 'MALFORMED_RESPONSE', 'UNEXPECTED_TOOL_CALL', 'TOO_MANY_TOOL_CALLS'],
  ...['MISSING_THOUGHT_SIGNATURE', 'OTHER', 'LANGUAGE'],
  ...['malformed_model_output', 'malformed_tool_use'],
  ...['pause_turn', 'incomplete', 'failed', 'cancelled'],
])

/** A face without a word for it tells such an end as it tells a cut: never as a regular one. */
export const isUnfinished = ({ reason, raw }: Finish): boolean => reason === 'other' && words.has(raw)
