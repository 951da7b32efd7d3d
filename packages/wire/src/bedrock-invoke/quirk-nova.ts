import type { JsonObject, JsonValue } from '@pointsman/contract'

import type { Crc32 } from '../dialect.ts'
import { encodeFrame, encodeHeaders, EventStreamDecoder } from '../framing/event-stream.ts'
import { isJsonObject, readNumber, readObject, readString, invalidField } from '../json-fields.ts'
import { readVendorJson } from '../read-body.ts'
import { unsupported } from '../warning-list.ts'
import type { InvokeFamily } from './quirk-family.ts'

const encoder = new TextEncoder()
const path = 'inferenceConfig'

/** Spellings of older documentation that Nova takes beside its present ones (AWS Nova user guide, 2026-11). */
const spellings: ReadonlyMap<string, string> = new Map([
  ['max_new_tokens', 'maxTokens'],
  ['top_p', 'topP'],
  ['top_k', 'topK'],
])

/** Checked under the name that the caller wrote. */
const ranges: ReadonlyMap<string, { readonly from: number; readonly to: number; readonly whole?: boolean }> =
  new Map([
    ['maxTokens', { from: 1, to: Number.MAX_SAFE_INTEGER, whole: true }],
    ['topP', { from: 0, to: 1 }],
    ['topK', { from: 0, to: Number.MAX_SAFE_INTEGER, whole: true }],
  ])

/** Converse has no `topK` of its own: it stands among the model's fields. */
function readInference(body: JsonObject): { readonly config: JsonObject; readonly fields: JsonObject } {
  const entries = Object.entries(readObject(body, path, '') ?? {}).map(([written, value]) => {
    const name = spellings.get(written) ?? written
    const range = ranges.get(name)
    if (range !== undefined) readNumber({ [written]: value }, written, path, range)
    return [name, value] as const
  })
  const config = Object.fromEntries(entries.filter(([name]) => name !== 'topK'))
  const topK = entries.findLast(([name, value]) => name === 'topK' && value !== null)
  return { config, fields: topK === undefined ? {} : { inferenceConfig: { topK: topK[1] } } }
}

function readRequestBody(body: JsonObject): JsonObject {
  const { schemaVersion: _, reasoningConfig, ...rest } = body
  const version = readString(body, 'schemaVersion', '')
  if (version !== null && version !== 'messages-v1') {
    throw invalidField('schemaVersion', 'must be "messages-v1".')
  }
  const { config, fields } = readInference(body)
  const own = readObject(body, 'additionalModelRequestFields', '') ?? {}
  const reasoning = reasoningConfig === undefined || reasoningConfig === null ? {} : { reasoningConfig }
  return {
    ...rest,
    inferenceConfig: config,
    additionalModelRequestFields: { ...own, ...fields, ...reasoning },
  }
}

/** What Converse has and Nova's own body lacks. */
const harmless: ReadonlyMap<string, string> = new Map([
  ['requestMetadata', 'InvokeModel takes it as a header only; it was left out'],
  ['serviceTier', "InvokeModel takes it as a header only; the vendor's default tier served"],
  ['performanceConfig', 'InvokeModel takes it as a header only; it was left out'],
  ['additionalModelResponseFieldPaths', 'InvokeModel answers with every field; it was left out'],
])

function writeRequestBody(body: JsonObject, warn: (field: string, what: string) => void): JsonObject {
  const { messages, system, toolConfig, inferenceConfig, additionalModelRequestFields, ...others } = body
  for (const name of Object.keys(others)) {
    const why = harmless.get(name)
    if (why === undefined) throw unsupported(name, "Nova's own body has no such field; use Converse.")
    warn(name, why)
  }
  const fields = isJsonObject(additionalModelRequestFields) ? additionalModelRequestFields : {}
  const { inferenceConfig: more, ...model } = fields
  const inference = {
    ...(isJsonObject(inferenceConfig) ? inferenceConfig : {}),
    ...(isJsonObject(more) ? more : {}),
  }
  return {
    schemaVersion: 'messages-v1',
    ...(system === undefined ? {} : { system }),
    messages: messages ?? [],
    ...(Object.keys(inference).length === 0 ? {} : { inferenceConfig: inference }),
    ...(toolConfig === undefined ? {} : { toolConfig }),
    // At the root here: `reasoningConfig` and whatever else the model takes.
    ...model,
  }
}

/** Nova's names of counts, and Converse's for the same. */
const counts: readonly (readonly [string, string])[] = [
  ['cacheReadInputTokenCount', 'cacheReadInputTokens'],
  ['cacheWriteInputTokenCount', 'cacheWriteInputTokens'],
]

function renamed(usage: JsonValue | undefined, from: 0 | 1, to: 0 | 1): JsonValue | undefined {
  if (!isJsonObject(usage)) return usage
  const names = new Map(counts.map((pair) => [pair[from], pair[to]]))
  return Object.fromEntries(Object.entries(usage).map(([name, count]) => [names.get(name) ?? name, count]))
}

const withUsage = (body: JsonObject, usage: JsonValue | undefined): JsonObject =>
  usage === undefined ? body : { ...body, usage }

function writeResultBody({ metrics: _, usage, ...body }: JsonObject): JsonObject {
  return withUsage(body, renamed(usage, 1, 0))
}

const eventNames = [
  'messageStart',
  'contentBlockStart',
  'contentBlockDelta',
  'contentBlockStop',
  'messageStop',
  'metadata',
] as const

const headers: ReadonlyMap<string, Uint8Array> = new Map(
  eventNames.map((name) => [
    name,
    encodeHeaders([
      [':event-type', name],
      [':content-type', 'application/json'],
      [':message-type', 'event'],
    ]),
  ]),
)

function readEvent(event: JsonObject, crc32: Crc32): Uint8Array | null {
  const name = eventNames.find((known) => isJsonObject(event[known]))
  const head = name === undefined ? undefined : headers.get(name)
  const payload = name === undefined ? undefined : event[name]
  if (head === undefined || !isJsonObject(payload)) return null
  const asConverse = name === 'metadata' ? withUsage(payload, renamed(payload['usage'], 0, 1)) : payload
  return encodeFrame(head, encoder.encode(JSON.stringify(asConverse)), crc32)
}

function writeEvents(bytes: Uint8Array, crc32: Crc32): readonly JsonObject[] {
  return new EventStreamDecoder(crc32).pushAll(bytes).map(({ headers: head, payload }) => {
    const name = head.get(':event-type') ?? ''
    const event = readVendorJson(payload, 'An event')
    if (name !== 'metadata') return { [name]: event }
    return { metadata: { ...withUsage(event, renamed(event['usage'], 1, 0)), metrics: {}, trace: {} } }
  })
}

/** Nova's native body: Converse's, with limits and counts under names of its own and the model's fields at the root. */
export const createNova = (crc32: Crc32): InvokeFamily => ({
  name: 'bedrock-invoke-nova',
  ownFields: [],
  readRequestBody,
  writeRequestBody,
  readResultBody: (body) => withUsage(body, renamed(body['usage'], 0, 1)),
  writeResultBody,
  readEvent: (event) => readEvent(event, crc32),
  writeEvents: (bytes) => writeEvents(bytes, crc32),
  isLast: (event) => 'metadata' in event,
})
