import type { ByteSpan, PassedRequest, ScannedRequest, WriteTarget } from '../dialect.ts'
import { scanJson } from '../json-scan.ts'
import { resourceName } from './quirk-resource-name.ts'
import { objectIn } from './quirk-spelling.ts'
import { figureIn } from './quirk-steered.ts'

const encoder = new TextEncoder()
const [quote, backslash, comma, openBrace, openBracket, closeBrace, closeBracket] = [
  0x22, 0x5c, 0x2c, 0x7b, 0x5b, 0x7d, 0x5d,
]

/** What is deeper was refused when the body was read. */
const anyDepth = Infinity

/** Where a member of the object in `within` stands; empty where it has none. */
function memberSpans(bytes: Uint8Array, within: ByteSpan, name: string): readonly ByteSpan[] {
  const { members } = scanJson(bytes.subarray(within.start, within.end), anyDepth, [name])
  return members.map(({ value }) => ({ start: within.start + value.start, end: within.start + value.end }))
}

/** The values of the list in `within`. The body is valid JSON already. */
function elementSpans(bytes: Uint8Array, within: ByteSpan): readonly ByteSpan[] {
  const spans: ByteSpan[] = []
  let depth = 0
  let start = within.start + 1
  for (let at = within.start; at < within.end; at += 1) {
    const byte = bytes[at]
    if (byte === quote) {
      for (at += 1; at < within.end && bytes[at] !== quote; at += 1) if (bytes[at] === backslash) at += 1
    } else if (byte === openBrace || byte === openBracket) depth += 1
    else if (byte === closeBrace || byte === closeBracket) depth -= 1
    const isEnd = (byte === comma && depth === 1) || (depth === 0 && byte === closeBracket)
    if (!isEnd) continue
    spans.push({ start, end: at })
    start = at + 1
  }
  return spans
}

const wholeOf = (bytes: Uint8Array): ByteSpan => ({ start: 0, end: bytes.length })

/** Everywhere that a body of any operation names the model: itself, inside a count's request, in each one of a batch. */
function modelSpans(bytes: Uint8Array): readonly ByteSpan[] {
  const root = wholeOf(bytes)
  const nested = ['generateContentRequest', 'generate_content_request'].flatMap((name) =>
    memberSpans(bytes, root, name),
  )
  const batch = memberSpans(bytes, root, 'requests').filter(({ start }) => bytes[start] === openBracket)
  const holders = [root, ...nested, ...batch.flatMap((list) => elementSpans(bytes, list))]
  return holders
    .flatMap((holder) => memberSpans(bytes, holder, 'model'))
    .toSorted((a, b) => a.start - b.start)
}

/**
 * The caller's own bytes. The path names the model; where the body repeats it, the name is replaced, because the vendor
 * refuses two that differ.
 */
export function passRequest({ bytes, json }: ScannedRequest, target: WriteTarget): PassedRequest {
  const answers = figureIn(objectIn(json, 'generationConfig'), 'candidateCount') ?? 1
  const spans = modelSpans(bytes)
  if (spans.length === 0) return { body: bytes, hideUsage: false, answers }
  const name = encoder.encode(JSON.stringify(resourceName(target.upstreamId)))
  const removed = spans.reduce((sum, { start, end }) => sum + end - start, 0)
  const body = new Uint8Array(bytes.length - removed + spans.length * name.length)
  let from = 0
  let at = 0
  for (const { start, end } of [...spans, { start: bytes.length, end: bytes.length }]) {
    body.set(bytes.subarray(from, start), at)
    at += start - from
    from = end
    if (start === bytes.length) continue
    body.set(name, at)
    at += name.length
  }
  return { body, hideUsage: false, answers }
}
