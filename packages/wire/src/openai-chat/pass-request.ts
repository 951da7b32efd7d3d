import type { JsonValue } from '@pointsman/contract'

import type { PassedRequest, ScannedRequest, WriteTarget } from '../dialect.ts'
import { numberOf } from '../exact-json.ts'
import { isJsonObject } from '../json-fields.ts'
import { scanJson } from '../json-scan.ts'
import { firstMember, modelEdit, spliceBody } from '../splice-body.ts'
import type { Edit } from '../splice-body.ts'

/** Options nest one level; the body's own depth was checked when it was read. */
const anyDepth = Number.MAX_SAFE_INTEGER

/**
 * The caller's own bytes with the model's name replaced, or put first where there was none. A stream is asked to tell
 * its usage where the caller did not ask, because nothing else tells what it cost.
 */
export function passRequest(scanned: ScannedRequest, target: WriteTarget): PassedRequest {
  const usage = scanned.stream ? askForUsage(scanned) : null
  const model = modelEdit(scanned, target.upstreamId)
  const body = spliceBody(scanned.bytes, usage === null ? [model] : [model, usage])
  return { body, hideUsage: usage !== null, answers: numberOf(scanned.json['n']) ?? 1 }
}

/** True, or what the vendor will refuse. */
const isAnswered = (asked: JsonValue | undefined): boolean =>
  asked !== undefined && asked !== false && asked !== null

/** Null where the caller asked, or wrote something that the vendor will refuse. */
function askForUsage({ bytes, json }: ScannedRequest): Edit | null {
  const options = json['stream_options']
  if (options === undefined) {
    return firstMember(bytes, '"stream_options":{"include_usage":true}', { isEmpty: false })
  }
  if (isJsonObject(options) && isAnswered(options['include_usage'])) return null
  // Where it stands twice, parsers take the last one.
  const span = scanJson(bytes, anyDepth, ['stream_options']).members.at(-1)?.value
  if (span === undefined) return null
  if (options === null) return { span, text: '{"include_usage":true}' }
  if (!isJsonObject(options)) return null
  const asked = options['include_usage']
  if (asked === undefined) {
    const isEmpty = Object.keys(options).length === 0
    return firstMember(bytes, '"include_usage":true', { start: span.start, isEmpty })
  }
  const inner = bytes.subarray(span.start, span.end)
  const value = scanJson(inner, anyDepth, ['include_usage']).members.at(-1)?.value
  if (value === undefined) return null
  return { span: { start: span.start + value.start, end: span.start + value.end }, text: 'true' }
}
