import type { PointsmanError } from '@pointsman/contract'

import {
  messageOf,
  streamExceptionOf,
  writeException as writeConverseException,
} from '../bedrock-converse/write-error.ts'
import type { Crc32 } from '../dialect.ts'

/** InvokeModelWithResponseStream has one exception more than ConverseStream. */
const more: ReadonlySet<string> = new Set(['modelTimeoutException'])

export const writeException = (name: string, message: string, crc32: Crc32): Uint8Array =>
  writeConverseException(name, message, crc32, more)

/** An error after the first byte. */
export function writeStreamError(error: PointsmanError, crc32: Crc32): Uint8Array {
  const isTimeout = error.code.startsWith('upstream_timeout')
  return writeException(
    isTimeout ? 'modelTimeoutException' : streamExceptionOf(error),
    messageOf(error),
    crc32,
  )
}
