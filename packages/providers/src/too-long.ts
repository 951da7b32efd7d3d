import type { UpstreamFailure } from '@pointsman/contract'

/**
 * How vendors say that a request is longer than the model takes. It stands at the beginning: further on a message may quote
 * the caller. OpenAI, vLLM and Mistral; OpenAI's Responses; GPT-5; Claude, two ways; Bedrock; Nova; Gemini; llama.cpp
 * (recorded answers in vllm-project/vllm pull 36197, 2026-03, stackblitz/bolt.new issues 2449 and 7414, 2024-11; strands-agents
 * and litellm look for the same, 2026-11).
 */
const beginnings = new RegExp(
  `^(?:The model returned the following errors: )?(?:${[
    "This model's maximum context length is",
    'Your input exceeds the context window',
    'Input tokens exceed the configured limit',
    'prompt is too long',
    'input length and `?max_tokens`? exceed context limit',
    'Input is too long for requested model',
    'Input Tokens Exceeded',
    'The input token count (?:\\(\\d+\\) )?exceeds the maximum',
    'the request exceeds the available context size',
  ].join('|')})`,
  'i',
)

/** Marks a refusal for the request's length. */
export function markTooLong(failure: UpstreamFailure): UpstreamFailure {
  const { code, vendorName, message } = failure
  const isSaid = vendorName === 'context_length_exceeded' || beginnings.test(message)
  return code === 'upstream_rejected' && isSaid ? { ...failure, tooLong: true } : failure
}
