import type { ErrorCode } from '@pointsman/contract'

/** Texts by which servers of this API refuse the model or the content, or want patience, where neither code nor status says so. */
export interface Quirk {
  readonly status: number
  readonly text: RegExp
  readonly code: ErrorCode
  readonly source: string
  readonly sourceDate: string
}

export const quirks: readonly Quirk[] = [
  {
    // OpenAI, for a name that no model can have; a name that merely does not exist gets 404.
    status: 400,
    text: /^invalid model ID$/i,
    code: 'upstream_model_unavailable',
    source: 'danielmiessler/Fabric issue 1299; agent0ai/agent-zero issue 594: recorded answers',
    sourceDate: '2025-07-16',
  },
  {
    // OpenRouter and gateways like it.
    status: 400,
    text: /is not a valid model ID/i,
    code: 'upstream_model_unavailable',
    source: 'continuedev/continue issues 10322 and 10758: recorded answers',
    sourceDate: '2026-02-24',
  },
  {
    // The operator's account is not verified for streams, for this model or for summaries of thoughts; another vendor may serve.
    status: 400,
    text: /^your organization must be verified to /i,
    code: 'upstream_model_unavailable',
    source: 'continuedev/continue issues 7129 and 9948; openai/openai-go issue 565: recorded answers',
    sourceDate: '2026-04-03',
  },
  {
    // OpenAI's overload under a status that says the request is wrong.
    status: 400,
    text: /servers are currently overloaded/i,
    code: 'upstream_overloaded',
    source: 'tontinton/maki issue 777: recorded answer',
    sourceDate: '2026-08-13',
  },
  {
    // What the caller names of the vendor's store is not there; another model has it no more.
    status: 404,
    text: /^(?:item|previous response|conversation|prompt) with id '[^']*' not found/i,
    code: 'upstream_rejected',
    source:
      'can1357/oh-my-pi issue 41; continuedev/continue issue 9101; maximhq/bifrost issue 2441: recorded answers',
    sourceDate: '2026-03-31',
  },
  {
    // OpenRouter's moderation under the status of a permission.
    status: 403,
    text: /your input was flagged/i,
    code: 'upstream_content_policy',
    source: 'openrouter.ai/docs: errors',
    sourceDate: '2026-11-25',
  },
]
