import type { ErrorCode } from '@pointsman/contract'

/** Texts by which Anthropic says more than its error's type, which is `invalid_request_error` or `not_found_error`. */
export interface Quirk {
  readonly text: RegExp
  readonly code: ErrorCode
  readonly source: string
  readonly sourceDate: string
}

export const quirks: readonly Quirk[] = [
  {
    // Nothing left to spend: another vendor may serve.
    text: /credit balance is too low/i,
    code: 'upstream_throttled',
    source: 'anthropics/claude-code issue 66314: recorded answer',
    sourceDate: '2026-06-08',
  },
  {
    // The limit that the account's owner set for a month.
    text: /reached your specified api usage limits/i,
    code: 'upstream_throttled',
    source: 'anthropics/claude-code issues 2127 and 38035: recorded answers',
    sourceDate: '2026-03-24',
  },
  {
    text: /^this organization has been disabled\.?$/i,
    code: 'provider_auth',
    source: 'anthropics/claude-code issues 19028 and 72457: recorded answers',
    sourceDate: '2026-06-30',
  },
  {
    text: /content filtering policy/i,
    code: 'upstream_content_policy',
    source: 'anthropics/claude-code issue 58367: recorded answers, also inside streams',
    sourceDate: '2026-05-12',
  },
  {
    // The caller's own file; another model has it no more. The guide tells it with either type.
    text: /^file not found: file_/i,
    code: 'upstream_rejected',
    source: 'platform.claude.com: guide "Files API", error handling',
    sourceDate: '2026-10-01',
  },
]
