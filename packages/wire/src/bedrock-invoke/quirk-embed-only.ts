import { PointsmanError } from '@pointsman/contract'
import type { DialectName, EmbedCall, EmbedResult } from '@pointsman/contract'

import type { Dialect, RequestHeader, WholeForm } from '../dialect.ts'

/** A body format of InvokeModel that is for embeddings alone. */
export interface EmbedFamily {
  readonly name: DialectName
  /** By which its bodies are known, for errors. */
  readonly field: string
  readonly embed: WholeForm<EmbedCall, EmbedResult>
}

interface Bases {
  /** Whose errors all of Bedrock's operations share. */
  readonly converse: Dialect
  readonly requestHeaders: readonly RequestHeader[]
}

/** A dialect without chat: such a body sent to be streamed is refused in words. */
export function createEmbedOnly({ name, field, embed }: EmbedFamily, bases: Bases): Dialect {
  const { converse, requestHeaders } = bases
  const refuse = (): never => {
    const why = 'this is a body for embeddings, which come whole: POST it to /model/{id}/invoke.'
    throw new PointsmanError('invalid_request', `\`${field}\`: ${why}`, { field })
  }
  return {
    name,
    streamContentType: converse.streamContentType,
    heartbeat: null,
    requestHeaders,
    embed,
    countTokens: null,
    scanRequest: refuse,
    readRequest: refuse,
    writeRequest: refuse,
    passRequest: refuse,
    readResult: refuse,
    writeResult: refuse,
    streamReader: refuse,
    streamWriter: refuse,
    writeError: (error, requestId) => converse.writeError(error, requestId),
    writeStreamError: (error) => converse.writeStreamError(error),
  }
}
