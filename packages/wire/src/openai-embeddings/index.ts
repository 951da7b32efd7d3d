// no finish-reasons.ts: vectors have no end to speak of
// no read-messages.ts: the input is a list of texts, read with the request
// no read-stream.ts: vectors come whole
// no read-tools.ts: no tools are called
// no write-error.ts: errors are those of openai-chat, which this form belongs to
// no write-messages.ts: the input is a list of texts, written with the request
// no write-stream.ts: vectors come whole
// no write-tools.ts: no tools are called
import type { EmbedCall, EmbedResult } from '@pointsman/contract'

import type { WholeForm } from '../dialect.ts'
import { passRequest } from './pass-request.ts'
import { readRequest } from './read-request.ts'
import { readResult } from './read-result.ts'
import { scanRequest } from './scan-request.ts'
import { writeRequest } from './write-request.ts'
import { writeResult } from './write-result.ts'

/** OpenAI's embeddings (`POST /v1/embeddings`): the `embed` form of openai-chat. */
export const openaiEmbeddings: WholeForm<EmbedCall, EmbedResult> = {
  scanRequest,
  readRequest,
  writeRequest,
  passRequest,
  readResult,
  writeResult,
}
