import { claudeTakes } from '../claude-takes.ts'
import type { Crc32, Dialect } from '../dialect.ts'
import { sseComment } from '../framing/server-sent-events.ts'
import { leftOutOfObjects, leftOutPart } from '../left-out.ts'
import { passRequest } from './pass-request.ts'
import { nearestDialect } from './quirk-own-tools.ts'
import { readRequest } from './read-request.ts'
import { readCount, readResult } from './read-result.ts'
import { createStreamReader } from './read-stream.ts'
import { scanRequest } from './scan-request.ts'
import { writeError, writeStreamError } from './write-error.ts'
import { writeCountRequest, writeRequest } from './write-request.ts'
import { readSpeedAndPlace } from './usage.ts'
import { writeCount, writeResult } from './write-result.ts'
import { createStreamWriter } from './write-stream.ts'

/**
 * Anthropic's Messages (`POST /v1/messages`) and its token count (`POST /v1/messages/count_tokens`), as a face and as a
 * provider's dialect. Anthropic makes no embeddings.
 */
export function createAnthropicMessages(crc32: Crc32): Dialect {
  return {
    name: 'anthropic-messages',
    streamContentType: 'text/event-stream; charset=utf-8',
    heartbeat: sseComment,
    requestHeaders: [
      { name: 'anthropic-version', elsewhere: 'ignore' },
      { name: 'anthropic-beta', elsewhere: 'warn' },
    ],
    embed: null,
    countTokens: {
      scanRequest: (bytes) => scanRequest(bytes, false),
      readRequest,
      writeRequest: (call, target) => writeCountRequest(call, target, crc32),
      passRequest,
      readResult: readCount,
      writeResult: writeCount,
    },
    scanRequest,
    readRequest,
    writeRequest: (call, target) => writeRequest(call, target, crc32),
    passRequest,
    takesSteered: ({ json }, { model }) => claudeTakes(json, model),
    nearestDialect: ({ json }) => nearestDialect(json),
    readResult,
    writeResult,
    resultWarnings: leftOutOfObjects,
    partWarning: leftOutPart,
    streamReader: ({ mode }) => createStreamReader(mode),
    streamWriter: createStreamWriter,
    // `auto` names none, and `standard_only` the standard one.
    askedTier: readSpeedAndPlace,
    writeError,
    writeStreamError,
  }
}
