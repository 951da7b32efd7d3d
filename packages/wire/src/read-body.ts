import { PointsmanError } from '@pointsman/contract'
import type { JsonObject, JsonValue } from '@pointsman/contract'

import type { ByteSpan } from './dialect.ts'
import { parseExactJson } from './exact-json.ts'
import { scanJson } from './json-scan.ts'
import type { JsonScan } from './json-scan.ts'
import { longestKeptBytes, outlineJson, placeInOutline } from './outlined-json.ts'
import type { OutlinedText } from './outlined-json.ts'

/** Deeper bodies exist only to harm: schemas and tool arguments stay far below. */
const maxDepth = 200
/** A parser takes microseconds for each and nobody else is served meanwhile; the largest real bodies have a tenth of it. */
const maxMembers = 100_000

/** Members that decide how a request is routed and relayed; twice the same one is refused. */
const decisiveMembers = ['model', 'stream'] as const

export interface RequestBody {
  readonly bytes: Uint8Array
  /** As `ScannedRequest.json`. */
  readonly json: JsonObject
  readonly modelSpan: ByteSpan | null
  /** As `ScannedRequest.whole`. */
  readonly whole: () => JsonObject
  /** How many characters a string of `json` has in the body itself. Throws `invalid_json`. */
  readonly charactersOf: (value: string) => number
}

const backslash = 0x5c

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

interface Looked {
  readonly bytes: Uint8Array
  readonly scan: JsonScan
  /** The bytes decoded; null = they were not, or are not UTF-8. */
  readonly text: string | null
}

/** A text of more is too much to make beside the body: of such a one only the outline is. */
const longestDecodedBytes = 262_144
/** Whose beginning has other characters is not decoded ahead: its text says nothing of the places of its bytes. */
const beginningBytes = 1_024

/** Where each byte is a character, as most are, the scan is faster by the text than it takes to decode it. */
function decodeAhead(bytes: Uint8Array): string | null {
  if (bytes.length > longestDecodedBytes) return null
  const isLong = bytes.length >= largeBytes
  if (isLong && decode(bytes.subarray(0, beginningBytes))?.length !== beginningBytes) return null
  return decode(bytes)
}

const asciiOf = (bytes: Uint8Array, text: string | null): string | null =>
  text?.length === bytes.length ? text : null

function look(received: Uint8Array, longFrom?: number): Looked {
  const bytes = withoutByteOrderMark(received)
  if (bytes.length === 0) throw new PointsmanError('invalid_json', 'The body is empty: send a JSON object.')
  const text = decodeAhead(bytes)
  const scan = scanJson(bytes, maxDepth, decisiveMembers, { longFrom, text: asciiOf(bytes, text) })
  if (scan.tooDeep) {
    throw new PointsmanError('invalid_json', `The body nests deeper than ${maxDepth} levels.`)
  }
  if (scan.memberCount > maxMembers) {
    throw new PointsmanError('invalid_json', `The body's objects have more than ${maxMembers} members.`)
  }
  return { bytes, scan, text }
}

const notUtf8 = (): PointsmanError => new PointsmanError('invalid_json', 'The body is not valid UTF-8.')
const notJson = (): PointsmanError => new PointsmanError('invalid_json', 'The body is not valid JSON.')

function parseObject(text: string, scan: JsonScan): JsonObject {
  const json = parse(text, scan)
  if (json === undefined) throw notJson()
  if (!isObject(json)) throw new PointsmanError('invalid_json', 'The body must be a JSON object.')
  refuseDuplicates(scan)
  return json
}

function parseWhole({ bytes, scan, text: decoded }: Looked): JsonObject {
  const text = decoded ?? decode(bytes)
  if (text === null) throw notUtf8()
  return parseObject(text, scan)
}

const modelSpanOf = ({ members }: JsonScan): ByteSpan | null =>
  members.find((member) => member.name === 'model')?.value ?? null

const lengthOf = (value: string): number => value.length

function bodyParsedWhole(looked: Looked): RequestBody {
  const json = parseWhole(looked)
  const { bytes, scan } = looked
  return { bytes, json, modelSpan: modelSpanOf(scan), whole: () => json, charactersOf: lengthOf }
}

/**
 * A request's body as a JSON object, parsed once. Throws `invalid_json` (not JSON, not an object, not UTF-8,
 * nested too deep) and `invalid_request` where `model` or `stream` stands twice: parsers differ in which one
 * counts, so what was authorised and what is sent on could differ.
 */
export function readRequestBody(received: Uint8Array): RequestBody {
  return bodyParsedWhole(look(received))
}

/** Smaller ones are parsed in less time than an outline's extra steps are worth: of 10 KB an outline takes two thirds. */
const outlinedFromBytes = 4_096
/**
 * Of a smaller one the text is made at once and kept, so that an outline is cut out of that or not made at all: with other
 * characters than ASCII it would be decoded twice, which saves nothing.
 */
const largeBytes = 65_536

/**
 * As `readRequestBody`, but of a large body with long strings only the outline is parsed (see `outlined-json.ts`) until
 * `whole()` is asked for, as translating does. What is no JSON inside a long string (a raw line end, an escape that does
 * not exist) is refused by `whole()`, or, where the bytes pass untouched, by the vendor's own parser: it moves no quote, so
 * that everybody reads the same names in such a body.
 */
export function readOutlinedBody(received: Uint8Array): RequestBody {
  if (received.length < outlinedFromBytes) return readRequestBody(received)
  const looked = look(received, longestKeptBytes)
  const { bytes, scan } = looked
  const text = bytes.length < largeBytes ? looked.text : null
  const outline = text !== null && text.length !== bytes.length ? null : outlineOf(looked)
  if (outline === null) return bodyParsedWhole(looked)
  const json = parseObject(outline.text, scan)
  let whole: JsonObject | null = null
  return {
    bytes,
    json,
    modelSpan: modelSpanOf(scan),
    // Not a large text that was made for the scan: it would be held beside the body.
    whole: () => (whole ??= parseWhole({ bytes, scan, text })),
    charactersOf(value) {
      const place = placeInOutline(value)
      const span = place === null ? undefined : scan.longStrings[place]
      if (place === null || span === undefined) return value.length
      const text = bytes.subarray(span.start, span.end)
      return text.includes(backslash) ? unescapedLength(text) : (outline.characters[place] ?? 0)
    },
  }
}

function outlineOf({ bytes, scan, text }: Looked): OutlinedText | null {
  try {
    return outlineJson(bytes, scan.longStrings, textDecoder, asciiOf(bytes, text))
  } catch {
    // The only thing a fatal decoder throws: bytes that are not UTF-8.
    throw notUtf8()
  }
}

/** Of what stands between a string's quotes. */
function unescapedLength(bytes: Uint8Array): number {
  try {
    const value: unknown = JSON.parse(`"${textDecoder.decode(bytes)}"`)
    return typeof value === 'string' ? value.length : 0
  } catch {
    throw notJson()
  }
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
