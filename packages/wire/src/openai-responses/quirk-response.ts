import type { JsonObject, JsonValue } from '@pointsman/contract'

import type { AnswerAbout, NamedAnswer } from '../dialect.ts'

/**
 * The response object tells the request again (openai SDK 6.49, `Response`). What the caller left out is told as the
 * API's default, and so is all of it where nobody knows the request any more.
 */
export const toldDefaults: { readonly [name: string]: JsonValue } = {
  background: false,
  instructions: null,
  max_output_tokens: null,
  max_tool_calls: null,
  metadata: {},
  parallel_tool_calls: true,
  previous_response_id: null,
  prompt_cache_key: null,
  reasoning: { effort: null, summary: null },
  safety_identifier: null,
  temperature: null,
  text: { format: { type: 'text' } },
  tool_choice: 'auto',
  tools: [],
  top_logprobs: null,
  top_p: null,
  truncation: 'disabled',
  user: null,
}

export interface ResponseState {
  readonly status: 'in_progress' | 'completed' | 'incomplete' | 'failed'
  readonly output: readonly JsonObject[]
  readonly usage: JsonObject | null
  readonly incompleteReason: string | null
  readonly error: JsonObject | null
  readonly serviceTier: string | null
}

export const begun: ResponseState = {
  status: 'in_progress',
  output: [],
  usage: null,
  incompleteReason: null,
  error: null,
  serviceTier: null,
}

/** What stays the same in every object of one response; `store` is what is true here. */
export function echoOf(asked: JsonObject): JsonObject {
  const told = Object.fromEntries(
    Object.entries(toldDefaults).map(([name, value]) => [name, asked[name] ?? value]),
  )
  return { ...told, store: false }
}

export const nameOf = ({ answerId, createdAtS, model }: AnswerAbout): NamedAnswer => ({
  id: `resp_${answerId}`,
  createdAtS,
  model,
})

export function responseObject(answer: NamedAnswer, echo: JsonObject, state: ResponseState): JsonObject {
  return {
    id: answer.id,
    object: 'response',
    created_at: answer.createdAtS,
    status: state.status,
    error: state.error,
    incomplete_details: state.incompleteReason === null ? null : { reason: state.incompleteReason },
    model: answer.model,
    output: state.output,
    usage: state.usage,
    ...(state.serviceTier === null ? {} : { service_tier: state.serviceTier }),
    ...echo,
  }
}
