// no extra-fields.ts: no provider is written to in this form
// no finish-reasons.ts: our own words for an end are this form's words
// no read-result.ts: no provider answers in this form
// no read-stream.ts: no provider answers in this form
// no read-tools.ts: this form has no tools
// no write-messages.ts: no provider is written to in this form
// no write-request.ts: no provider is written to in this form
// no write-tools.ts: this form has no tools
import { PointsmanError } from '@pointsman/contract'

import type { Dialect } from '../dialect.ts'
import { sseComment } from '../framing/server-sent-events.ts'
import { leftOutMedia, leftOutPart } from '../left-out.ts'
import { passRequest } from './pass-request.ts'
import { readRequest } from './read-request.ts'
import { scanRequest } from './scan-request.ts'
import { writeError, writeStreamError } from './write-error.ts'
import { writeResult } from './write-result.ts'
import { createStreamWriter } from './write-stream.ts'

/** Whoever asks for the provider's side has chosen a dialect that no provider names: a fault of ours. */
export function noProvider(): never {
  throw new PointsmanError('internal', 'No provider speaks native-chat: it is the form of callers only.')
}

/** The seeds' chat (`POST /functions/v1/bedrock-ai-chat`), as a face: one message of a conversation, and its answer. */
export const nativeChat: Dialect = {
  name: 'native-chat',
  streamContentType: 'text/event-stream; charset=utf-8',
  heartbeat: sseComment,
  requestHeaders: [],
  embed: null,
  countTokens: null,
  scanRequest,
  readRequest,
  writeRequest: noProvider,
  passRequest,
  readResult: noProvider,
  writeResult,
  resultWarnings: leftOutMedia,
  partWarning: leftOutPart,
  streamReader: noProvider,
  streamWriter: createStreamWriter,
  writeError,
  writeStreamError,
}
