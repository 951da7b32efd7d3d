import type { Model } from '@pointsman/contract'

import { thinksUnasked } from './quirk-efforts.ts'

/**
 * "Function tools with reasoning_effort are not supported for … in /v1/chat/completions": GPT-5.4 says so beside an effort
 * (openai/openai-openapi issue 541, 2026-05), and models that think unasked say so without one too (jeffdafoe/llm-memory-api
 * pull 178, 2026-04; BerriAI/litellm pull 34569, 2026-07). The Responses API takes both.
 */
export const toolsBarReasoning = ({ abilities, generation }: Model): boolean =>
  abilities.reasoning !== false && generation >= 5.4

/** Whether tools are refused beside this effort; null = none is asked for. */
export const refusesTools = (model: Model, effort: string | null): boolean =>
  toolsBarReasoning(model) && (effort === null ? thinksUnasked(model) : effort !== 'none')
