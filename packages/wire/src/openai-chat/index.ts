import type { Crc32, Dialect } from '../dialect.ts'
import { sseComment } from '../framing/server-sent-events.ts'
import { partWarning, resultWarnings } from '../openai-citations.ts'
import { openaiEmbeddings } from '../openai-embeddings/index.ts'
import { openaiTiers, readServedTier } from '../service-tiers.ts'
import { passRequest } from './pass-request.ts'
import { takesSteered } from './quirk-steered.ts'
import { readRequest } from './read-request.ts'
import { readResult } from './read-result.ts'
import { createStreamReader } from './read-stream.ts'
import { scanRequest } from './scan-request.ts'
import { writeError, writeStreamError } from './write-error.ts'
import { createRequestWriter } from './write-request.ts'
import { writeResult } from './write-result.ts'
import { createStreamWriter } from './write-stream.ts'

/** OpenAI's chat completions (`POST /v1/chat/completions`), as a face and as a provider's dialect. */
export const createOpenaiChat = (crc32: Crc32): Dialect => ({
  name: 'openai-chat',
  streamContentType: 'text/event-stream; charset=utf-8',
  heartbeat: sseComment,
  requestHeaders: [],
  embed: openaiEmbeddings,
  countTokens: null,
  scanRequest,
  readRequest,
  writeRequest: createRequestWriter(crc32),
  passRequest,
  takesSteered,
  readResult,
  writeResult,
  resultWarnings,
  streamReader: createStreamReader,
  streamWriter: createStreamWriter,
  partWarning,
  askedTier: (json) => readServedTier(openaiTiers, json['service_tier']),
  writeError,
  writeStreamError,
})
