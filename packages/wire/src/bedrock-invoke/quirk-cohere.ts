import type { EmbedCall, EmbedPurpose, EmbedResult, JsonObject, JsonValue, Model } from '@pointsman/contract'

import type {
  AnswerAbout,
  AnswerHeaders,
  ScannedRequest,
  WholeForm,
  WriteTarget,
  WrittenRequest,
} from '../dialect.ts'
import {
  asArray,
  asString,
  invalidField,
  isJsonArray,
  isJsonObject,
  needString,
  readNumber,
  wrongKind,
} from '../json-fields.ts'
import { readRequestBody, readVendorJson } from '../read-body.ts'
import { settleExtras, unsupported, WarningList } from '../warning-list.ts'
import type { ExtraRule } from '../warning-list.ts'
import { passRequest } from './pass-request.ts'
import {
  broken,
  readInputTokens,
  readVector,
  resultHeaders,
  scannedEmbed,
  sizeToWrite,
} from './quirk-vectors.ts'
import type { VectorSizes } from './quirk-vectors.ts'

const encoder = new TextEncoder()

/** AWS Bedrock user guide: model parameters of Cohere Embed v3 and v4, 2026-11. */
const mostTexts = 96
const sizesOf = ({ generation }: Model): VectorSizes =>
  generation < 4 ? { sizes: [1024], hasField: false } : { sizes: [256, 512, 1024, 1536], hasField: true }

const wordOfPurpose: { readonly [Purpose in EmbedPurpose]: string } = {
  query: 'search_query',
  document: 'search_document',
  classification: 'classification',
  clustering: 'clustering',
}
const purposes: ReadonlyMap<string, EmbedPurpose> = new Map([
  [wordOfPurpose.query, 'query'],
  [wordOfPurpose.document, 'document'],
  [wordOfPurpose.classification, 'classification'],
  [wordOfPurpose.clustering, 'clustering'],
])
const purposeWords = [...purposes.keys()].join(', ')

const neutralFields: ReadonlySet<string> = new Set([
  'texts',
  'input_type',
  'output_dimension',
  'embedding_types',
])

/** Fields of the body that decide what is embedded, and that no other vendor has. */
const onlyCohere: readonly (readonly [string, string])[] = [
  ['images', 'only texts are embedded here.'],
  ['inputs', 'only texts are embedded here; send them as `texts`.'],
  [
    'max_tokens',
    'no other model embeds the beginning of a text only; leave it out, or choose a Cohere model.',
  ],
]

const extraRules: ReadonlyMap<string, ExtraRule> = new Map<string, ExtraRule>([
  ['truncate', { kind: 'take' }],
  ['max_tokens', { kind: 'take' }],
  [
    'taskType',
    {
      kind: 'refuse',
      why: `Cohere knows the purposes ${purposeWords}; choose one that it shares, or a Gemini model.`,
    },
  ],
  [
    'embedding_types',
    { kind: 'refuse', why: 'an answer of this form holds numbers only; send Cohere’s own body.' },
  ],
])

/** Only the outline is checked: what passes as bytes is for the vendor to judge. */
function scanRequest(received: Uint8Array): ScannedRequest {
  const body = readRequestBody(received)
  const { texts, images, inputs } = body.json
  if (texts === undefined && images === undefined && inputs === undefined) {
    throw wrongKind('texts', 'an array of strings', texts)
  }
  if (texts !== undefined && asArray(texts, 'texts').length === 0) {
    throw invalidField('texts', 'must hold at least one text.')
  }
  return scannedEmbed(body)
}

function readPurpose(json: JsonObject): EmbedPurpose {
  const word = needString(json, 'input_type', '')
  const purpose = purposes.get(word)
  if (purpose === undefined) throw invalidField('input_type', `must be one of ${purposeWords}.`)
  return purpose
}

function readTexts(json: JsonObject): readonly string[] {
  return asArray(json['texts'], 'texts').map((text, at) => asString(text, `texts[${at}]`))
}

function refuseOtherTypes(json: JsonObject): void {
  const types =
    json['embedding_types'] === undefined ? [] : asArray(json['embedding_types'], 'embedding_types')
  if (types.some((type) => type !== 'float')) {
    throw unsupported('embedding_types', 'only "float" can be had of a model that is not Cohere’s.')
  }
}

function readRequest({ json }: ScannedRequest): EmbedCall {
  for (const [name, why] of onlyCohere) if (json[name] !== undefined) throw unsupported(name, why)
  refuseOtherTypes(json)
  return {
    inputs: readTexts(json),
    inputField: 'texts',
    dimensions: readNumber(json, 'output_dimension', '', {
      from: 1,
      to: Number.MAX_SAFE_INTEGER,
      whole: true,
    }),
    encoding: 'float',
    purpose: readPurpose(json),
    extras: Object.fromEntries(
      Object.entries(json).filter(([name, value]) => value !== null && !neutralFields.has(name)),
    ),
  }
}

/**
 * Cohere must be told. Whoever says nothing wrote for a model that makes one vector for every purpose, and asks in the
 * same words for documents and for questions: one word for all of them keeps their vectors comparable, and most of what
 * is embedded is documents.
 */
function inputType({ purpose, extras }: EmbedCall, warnings: WarningList): string {
  const own = extras['input_type']
  if (own !== undefined) {
    const word = asString(own, 'input_type')
    if (!purposes.has(word)) throw invalidField('input_type', `must be one of ${purposeWords}.`)
    return word
  }
  if (purpose !== null) return wordOfPurpose[purpose]
  warnings.add('input_type', `not told and needed by this model; it was set to ${wordOfPurpose.document}`)
  return wordOfPurpose.document
}

function writeRequest(call: EmbedCall, { model }: WriteTarget): WrittenRequest {
  if (call.inputs.length > mostTexts) {
    throw unsupported(call.inputField, `this model takes at most ${mostTexts} texts at once.`)
  }
  const warnings = new WarningList()
  const input_type = inputType(call, warnings)
  const { input_type: _, ...others } = call.extras
  const extras = settleExtras(others, extraRules, warnings)
  const size = sizeToWrite(call.dimensions, sizesOf(model))
  const body = {
    texts: call.inputs,
    input_type,
    ...(size === null ? {} : { output_dimension: size }),
    ...extras,
  }
  return { body: encoder.encode(JSON.stringify(body)), warnings: warnings.list() }
}

/** A list of vectors; or one for each type of number that was asked for, and by v4 always. Ours are floats. */
function vectorsOf(embeddings: JsonValue | undefined): readonly JsonValue[] {
  if (isJsonArray(embeddings)) return embeddings
  if (!isJsonObject(embeddings)) throw broken('has no embeddings')
  const [anyType] = Object.values(embeddings)
  const vectors = embeddings['float'] ?? anyType
  if (!isJsonArray(vectors)) throw broken('has no list of embeddings')
  return vectors
}

function readResult(body: Uint8Array, headers: AnswerHeaders = {}): EmbedResult {
  const { embeddings } = readVendorJson(body, "The vendor's answer")
  const vectors = vectorsOf(embeddings).map(readVector)
  return { vectors, finish: null, usage: readInputTokens(undefined, headers) }
}

/** By type where the caller asked by type; the count stands in a header. */
function writeResult({ vectors }: EmbedResult, { answerId, asked }: AnswerAbout): Uint8Array {
  const byType = asked['embedding_types'] !== undefined
  const body = {
    id: answerId,
    ...(asked['texts'] === undefined ? {} : { texts: asked['texts'] }),
    embeddings: byType ? { float: vectors } : vectors,
    response_type: byType ? 'embeddings_by_type' : 'embeddings_floats',
  }
  return encoder.encode(JSON.stringify(body))
}

/** Cohere's native body for embeddings: many texts a call, all for one purpose. */
export const cohere: WholeForm<EmbedCall, EmbedResult> = {
  scanRequest,
  readRequest,
  writeRequest,
  passRequest,
  readResult,
  writeResult,
  resultHeaders,
}
