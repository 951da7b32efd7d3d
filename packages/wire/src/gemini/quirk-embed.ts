import { noUsage, unknownUsage } from '@pointsman/contract'
import type {
  EmbedCall,
  EmbedPurpose,
  EmbedResult,
  JsonObject,
  JsonValue,
  UsageBuckets,
} from '@pointsman/contract'

import type { AnswerAbout, ScannedRequest, WholeForm, WriteTarget, WrittenRequest } from '../dialect.ts'
import { numberOf } from '../exact-json.ts'
import { estimateInputTokens } from '../input-size.ts'
import {
  asArray,
  asObject,
  fieldPath,
  invalidField,
  isJsonArray,
  isJsonObject,
  readNumber,
  readString,
} from '../json-fields.ts'
import { readRequestBody, readVendorJson } from '../read-body.ts'
import type { ExtraRule } from '../warning-list.ts'
import { settleExtras, unsupported, WarningList } from '../warning-list.ts'
import { passRequest } from './pass-request.ts'
import { broken } from './read-result.ts'
import { resourceName } from './quirk-resource-name.ts'
import { camelCase, spelled } from './quirk-spelling.ts'
import { readUsage } from './usage.ts'

const encoder = new TextEncoder()

/** ai.google.dev: batchEmbedContents, 2026-10. */
const largestBatch = 100

const taskOfPurpose: { readonly [Purpose in EmbedPurpose]: string } = {
  query: 'RETRIEVAL_QUERY',
  document: 'RETRIEVAL_DOCUMENT',
  classification: 'CLASSIFICATION',
  clustering: 'CLUSTERING',
}
const purposes: ReadonlyMap<string, EmbedPurpose> = new Map([
  [taskOfPurpose.query, 'query'],
  [taskOfPurpose.document, 'document'],
  [taskOfPurpose.classification, 'classification'],
  [taskOfPurpose.clustering, 'clustering'],
])

const neutralFields: ReadonlySet<string> = new Set(['model', 'content', 'outputDimensionality', 'taskType'])

const extraRules: ReadonlyMap<string, ExtraRule> = new Map<string, ExtraRule>([
  ['taskType', { kind: 'take' }],
  ['title', { kind: 'take' }],
  ['user', { kind: 'drop', why: 'not sent to this vendor' }],
])

interface PlacedRequest {
  readonly request: JsonObject
  readonly path: string
}

/** The one text of `embedContent`, or the list of `batchEmbedContents`: the body alone tells which. */
function requestsOf(json: JsonObject): readonly PlacedRequest[] {
  if (json['requests'] === undefined) return [{ request: json, path: '' }]
  const requests = asArray(json['requests'], 'requests')
  if (requests.length === 0) throw invalidField('requests', 'must hold at least one request.')
  return requests.map((request, at) => ({
    request: asObject(request, `requests[${at}]`),
    path: `requests[${at}]`,
  }))
}

function scanRequest(received: Uint8Array): ScannedRequest {
  const body = readRequestBody(received)
  for (const { request, path } of requestsOf(body.json)) {
    asObject(request['content'], fieldPath(path, 'content'))
  }
  const media = { images: 0, documents: 0, mediaCharacters: 0 }
  return {
    ...body,
    model: null,
    stream: false,
    needs: {
      tools: false,
      images: false,
      documents: false,
      streaming: false,
      jsonSchema: false,
      reasoning: false,
      inputTokensEstimate: estimateInputTokens(body.bytes.length, media),
    },
    marked: false,
  }
}

/** Parts of one content get one vector; what is no text no other vendor embeds. */
function readInput({ request, path }: PlacedRequest): string {
  const field = fieldPath(path, 'content')
  const parts = asArray(asObject(request['content'], field)['parts'], `${field}.parts`)
  if (parts.length === 0) throw invalidField(`${field}.parts`, 'must hold at least one part.')
  const texts = parts.map((value, at) => {
    const text = asObject(value, `${field}.parts[${at}]`)['text']
    if (typeof text === 'string') return text
    throw unsupported(`${field}.parts[${at}]`, 'only text is embedded here.')
  })
  return texts.join('\n')
}

interface Settings {
  readonly dimensions: number | null
  readonly task: string | null
  readonly extras: JsonObject
}

function readSettings({ request, path }: PlacedRequest): Settings {
  const range = { from: 1, to: Number.MAX_SAFE_INTEGER, whole: true }
  return {
    dimensions: readNumber(request, spelled(request, 'outputDimensionality'), path, range),
    task: readString(request, spelled(request, 'taskType'), path),
    extras: Object.fromEntries(
      Object.entries(request)
        .filter(([name, value]) => value !== null && !neutralFields.has(camelCase(name)))
        .map(([name, value]) => [camelCase(name), value]),
    ),
  }
}

function readRequest({ json }: ScannedRequest): EmbedCall {
  const requests = requestsOf(json)
  const [first, ...others] = requests.map(readSettings)
  if (first === undefined) throw invalidField('requests', 'must hold at least one request.')
  if (others.some((one) => JSON.stringify(one) !== JSON.stringify(first))) {
    throw unsupported('requests', 'all requests of a batch must ask for the same size and task.')
  }
  const purpose = first.task === null ? null : (purposes.get(first.task) ?? null)
  // Another task than these only Google knows.
  const task = first.task === null || purpose !== null ? {} : { taskType: first.task }
  return {
    inputs: requests.map(readInput),
    inputField: json['requests'] === undefined ? 'content' : 'requests',
    dimensions: first.dimensions,
    encoding: 'float',
    purpose,
    extras: { ...first.extras, ...task },
  }
}

/** Always a batch: `embedContent` takes one text only. */
function writeRequest(call: EmbedCall, target: WriteTarget): WrittenRequest {
  const warnings = new WarningList()
  const extras = settleExtras(call.extras, extraRules, warnings)
  if (call.inputs.length > largestBatch) {
    throw unsupported(call.inputField, `this model takes at most ${largestBatch} texts at once.`)
  }
  const settings = {
    ...(call.purpose === null ? {} : { taskType: taskOfPurpose[call.purpose] }),
    ...(call.dimensions === null ? {} : { outputDimensionality: call.dimensions }),
    ...extras,
  }
  const model = resourceName(target.upstreamId)
  const requests = call.inputs.map((text) => ({ model, content: { parts: [{ text }] }, ...settings }))
  return { body: encoder.encode(JSON.stringify({ requests })), warnings: warnings.list() }
}

function readVector(value: JsonValue | undefined): readonly number[] {
  const values = isJsonObject(value) ? value['values'] : undefined
  if (!isJsonArray(values) || values.length === 0) throw broken('holds an embedding without values')
  return values.map((one) => {
    const number = numberOf(one)
    if (number === null) throw broken('holds a vector with something else than numbers')
    return number
  })
}

/** Vectors have input only, which nobody caches; older models do not tell it. */
function readInputUsage(json: JsonObject): UsageBuckets {
  const inputTokens = readUsage(json['usageMetadata'])?.inputTokens ?? null
  return inputTokens === null ? unknownUsage : { ...noUsage, inputTokens }
}

function readResult(body: Uint8Array): EmbedResult {
  const json = readVendorJson(body, "The vendor's answer")
  const { embedding, embeddings } = json
  const all = isJsonArray(embeddings) ? embeddings : embedding === undefined ? [] : [embedding]
  if (all.length === 0) throw broken('has no embeddings')
  return { vectors: all.map(readVector), finish: null, usage: readInputUsage(json) }
}

/** `embedContent` answers one `embedding`, a batch `embeddings`, a batch of one too. */
function writeResult({ vectors, usage }: EmbedResult, { asked }: AnswerAbout): Uint8Array {
  const embeddings = vectors.map((values) => ({ values }))
  const told = asked['requests'] === undefined ? { embedding: embeddings[0] } : { embeddings }
  const figures = usage.inputTokens === null ? {} : { usageMetadata: { promptTokenCount: usage.inputTokens } }
  return encoder.encode(JSON.stringify({ ...told, ...figures }))
}

/** `POST /v1beta/models/{id}:embedContent` and `:batchEmbedContents`. */
export const embed: WholeForm<EmbedCall, EmbedResult> = {
  scanRequest,
  readRequest,
  writeRequest,
  passRequest,
  readResult,
  writeResult,
}
