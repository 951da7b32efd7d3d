import type { Dialect } from '../dialect.ts'
import { leftOutPart } from '../left-out.ts'
import { geminiTiers, readServedTier } from '../service-tiers.ts'
import { countTokens } from './quirk-count-tokens.ts'
import { embed } from './quirk-embed.ts'
import { passRequest } from './pass-request.ts'
import { heartbeat } from './quirk-line-ends.ts'
import { takesSteered } from './quirk-steered.ts'
import { member } from './quirk-spelling.ts'
import { takesBytes } from './quirk-unsigned-calls.ts'
import { readRequest } from './read-request.ts'
import { readResult } from './read-result.ts'
import { createStreamReader } from './read-stream.ts'
import { scanRequest } from './scan-request.ts'
import { writeError, writeStreamError } from './write-error.ts'
import { writeRequest } from './write-request.ts'
import { resultWarnings, writeResult } from './write-result.ts'
import { createStreamWriter, isKept } from './write-stream.ts'

/**
 * Google's `generateContent`, `streamGenerateContent`, `countTokens`, `embedContent` and `batchEmbedContents`, as a face
 * and as a provider's dialect. A stream is always server-sent events here, and so it is asked of the vendor (`?alt=sse`):
 * the query, which may ask for one JSON array instead, does not reach a dialect. Who asked for an array gets one made of
 * the events (quirk-array-framing.ts), so that there is one form to read, and each chunk's text passes as it came.
 */
export const gemini: Dialect = {
  name: 'gemini',
  streamContentType: 'text/event-stream',
  heartbeat,
  requestHeaders: [],
  embed,
  countTokens,
  scanRequest,
  readRequest,
  writeRequest,
  passRequest,
  takesBytes,
  takesSteered,
  readResult,
  writeResult,
  resultWarnings,
  partWarning: (part) => (isKept(part) ? null : leftOutPart(part)),
  streamReader: createStreamReader,
  streamWriter: createStreamWriter,
  askedTier: (json) => readServedTier(geminiTiers, member(json, 'serviceTier')),
  writeError,
  writeStreamError,
}
