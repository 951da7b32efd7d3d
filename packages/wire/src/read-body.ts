import { PointsmanError } from '@pointsman/contract'
import type { JsonObject, JsonValue } from '@pointsman/contract'

import type { ByteSpan } from './dialect.ts'
import { parseExactJson } from './exact-json.ts'
import { scanJson } from './json-scan.ts'
import type { JsonScan } from './json-scan.ts'

/** Deeper bodies exist only to harm: schemas and tool arguments stay far below. */
const maxDepth = 200
/** A parser takes microseconds for each and nobody else is served meanwhile; the largest real bodies have a tenth of it. */
const maxMembers = 100_000

/** Members that decide how a request is routed and relayed; twice the same one is refused. */
const decisiveMembers = ['model', 'stream'] as const

export interface RequestBody {
  readonly bytes: Uint8Array
  readonly json: JsonObject
  readonly modelSpan: ByteSpan | null
}

const isObject = (value: JsonValue): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function withoutByteOrderMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes
}

// Made once: making a decoder costs more than decoding an event.
const textDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decode(bytes: Uint8Array): string | null {
  try {
    return textDecoder.decode(bytes)
  } catch {
    // The only thing a fatal decoder throws: bytes that are not UTF-8.
    return null
  }
}

function parse(text: string, scan: JsonScan): JsonValue | undefined {
  try {
    return scan.longNumbers ? parseExactJson(text) : (JSON.parse(text) as JsonValue)
  } catch {
    // The engine's own message quotes the text, which may be a prompt and must not reach a log.
    return undefined
  }
}

function refuseDuplicates(scan: JsonScan): void {
  for (const name of decisiveMembers) {
    if (scan.members.filter((member) => member.name === name).length > 1) {
      throw new PointsmanError(
        'invalid_request',
        `\`${name}\` stands twice in the body: send it once, so that everybody reads the same value.`,
        { field: name },
      )
    }
  }
}

/**
 * A request's body as a JSON object, parsed once. Throws `invalid_json` (not JSON, not an object, not UTF-8,
 * nested too deep) and `invalid_request` where `model` or `stream` stands twice: parsers differ in which one
 * counts, so what was authorised and what is sent on could differ.
 */
export function readRequestBody(received: Uint8Array): RequestBody {
  const bytes = withoutByteOrderMark(received)
  if (bytes.length === 0) throw new PointsmanError('invalid_json', 'The body is empty: send a JSON object.')
  const scan = scanJson(bytes, maxDepth, decisiveMembers)
  if (scan.tooDeep) {
    throw new PointsmanError('invalid_json', `The body nests deeper than ${maxDepth} levels.`)
  }
  if (scan.memberCount > maxMembers) {
    throw new PointsmanError('invalid_json', `The body's objects have more than ${maxMembers} members.`)
  }
  const text = decode(bytes)
  if (text === null) throw new PointsmanError('invalid_json', 'The body is not valid UTF-8.')
  const json = parse(text, scan)
  if (json === undefined) throw new PointsmanError('invalid_json', 'The body is not valid JSON.')
  if (!isObject(json)) throw new PointsmanError('invalid_json', 'The body must be a JSON object.')
  refuseDuplicates(scan)
  const model = scan.members.find((member) => member.name === 'model')
  return { bytes, json, modelSpan: model?.value ?? null }
}

/**
 * A JSON object that a vendor sent. Throws `upstream_broken`; `what` names it in the message.
 */
export function readVendorJson(bytes: Uint8Array, what: string): JsonObject {
  const scan = scanJson(bytes, maxDepth, [])
  const text = scan.tooDeep ? null : decode(withoutByteOrderMark(bytes))
  const json = text === null ? undefined : parse(text, scan)
  if (json === undefined || !isObject(json)) {
    throw new PointsmanError('upstream_broken', `${what} is not a JSON object.`)
  }
  return json
}
