import type { ErrorCode } from '@pointsman/contract'

/** Texts by which Google refuses our credential, the place of our server or the model under a status that says less. */
export interface Quirk {
  /** Words of the error, as in `error.status`. */
  readonly names: readonly string[]
  readonly text: RegExp
  readonly code: ErrorCode
  readonly source: string
  readonly sourceDate: string
}

export const quirks: readonly Quirk[] = [
  {
    // The caller's own file or cache, not our credential.
    names: ['PERMISSION_DENIED'],
    text: /cachedcontent not found|access the file/i,
    code: 'upstream_rejected',
    source: 'public reports of recorded answers, googleapis/python-genai issues',
    sourceDate: '2026-10-01',
  },
  {
    // Older answers come without the reason among their details.
    names: ['INVALID_ARGUMENT'],
    text: /api key (?:not valid|expired|not found)/i,
    code: 'provider_auth',
    source: 'ai.google.dev: troubleshooting; googleapis/python-genai issues: recorded answers',
    sourceDate: '2026-10-01',
  },
  {
    // Where the server stands, not what was asked.
    names: ['FAILED_PRECONDITION', 'INVALID_ARGUMENT'],
    text: /user location is not supported/i,
    code: 'provider_auth',
    source: 'google-gemini/gemini-cli issues 1614 and 24641: recorded answers',
    sourceDate: '2026-04-14',
  },
  {
    names: ['FAILED_PRECONDITION'],
    text: /billing|free tier is not available/i,
    code: 'provider_auth',
    source: 'ai.google.dev: troubleshooting, FAILED_PRECONDITION',
    sourceDate: '2026-10-01',
  },
]
