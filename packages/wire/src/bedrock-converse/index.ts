import type { Model, Signer } from '@pointsman/contract'

import type { Crc32, Dialect } from '../dialect.ts'
import { leftOutOfObjects, leftOutPart } from '../left-out.ts'
import { passRequest } from './pass-request.ts'
import { signerOnBedrock } from './quirk-signers.ts'
import { takesBytes, takesSteered } from './quirk-switched-models.ts'
import { readRequest } from './read-request.ts'
import { readResult, readTier } from './read-result.ts'
import { createStreamReader } from './read-stream.ts'
import { scanRequest } from './scan-request.ts'
import { writeError, writeStreamError } from './write-error.ts'
import { writeRequest } from './write-request.ts'
import { writeResult } from './write-result.ts'
import { createStreamWriter } from './write-stream.ts'

const signerOf = (model: Model | undefined): Signer =>
  model === undefined ? 'bedrock' : signerOnBedrock(model)

/** Amazon Bedrock's Converse and ConverseStream, as a face and as a provider's dialect. */
export function createBedrockConverse(crc32: Crc32): Dialect {
  return {
    name: 'bedrock-converse',
    streamContentType: 'application/vnd.amazon.eventstream',
    heartbeat: null,
    requestHeaders: [],
    embed: null,
    countTokens: null,
    scanRequest,
    readRequest,
    writeRequest: (call, target) => writeRequest(call, target, crc32),
    passRequest,
    takesBytes,
    takesSteered,
    readResult: (body, _headers, model) => readResult(body, signerOf(model)),
    writeResult,
    resultWarnings: leftOutOfObjects,
    partWarning: leftOutPart,
    streamReader: ({ mode, model }) => createStreamReader(mode, signerOf(model), crc32),
    streamWriter: (about) => createStreamWriter(about, crc32),
    askedTier: (json) => readTier(json['serviceTier']),
    writeError,
    writeStreamError: (error) => writeStreamError(error, crc32),
  }
}
