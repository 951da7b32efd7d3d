import type { EmbedCall, EmbedResult, JsonObject, Model } from '@pointsman/contract'

import type {
  AnswerAbout,
  AnswerHeaders,
  ScannedRequest,
  WholeForm,
  WriteTarget,
  WrittenRequest,
} from '../dialect.ts'
import { estimateTextTokens } from '../input-size.ts'
import {
  asArray,
  invalidField,
  isJsonObject,
  needString,
  readBoolean,
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

/** AWS Bedrock user guide: model parameters of Titan Embeddings Text, 2026-11. The first generation takes the text alone. */
const isFirst = ({ generation }: Model): boolean => generation < 2
const sizesOf = (model: Model): VectorSizes =>
  isFirst(model) ? { sizes: [1536], hasField: false } : { sizes: [256, 512, 1024], hasField: true }

const neutralFields: ReadonlySet<string> = new Set(['inputText', 'dimensions', 'embeddingTypes'])

const rulesOf = (model: Model): ReadonlyMap<string, ExtraRule> =>
  new Map<string, ExtraRule>([
    [
      'normalize',
      isFirst(model)
        ? { kind: 'drop', why: 'this model knows one length of its vectors only' }
        : { kind: 'take' },
    ],
    [
      'embeddingTypes',
      { kind: 'refuse', why: 'an answer of this form holds numbers only; send Titan’s own body.' },
    ],
  ])

/** Only the outline is checked: what passes as bytes is for the vendor to judge, images of other Titan models too. */
function scanRequest(received: Uint8Array): ScannedRequest {
  const body = readRequestBody(received)
  const { inputText, inputImage } = body.json
  const isMissing = inputText === undefined && inputImage === undefined
  if (isMissing || (inputText !== undefined && typeof inputText !== 'string')) {
    throw wrongKind('inputText', 'a string', inputText)
  }
  if (inputText === '') throw invalidField('inputText', 'must not be empty.')
  return scannedEmbed(body)
}

function refuseOtherTypes(json: JsonObject): void {
  const types = json['embeddingTypes'] === undefined ? [] : asArray(json['embeddingTypes'], 'embeddingTypes')
  if (types.some((type) => type !== 'float')) {
    throw unsupported('embeddingTypes', 'only "float" can be had of a model that is not Titan.')
  }
}

function readRequest({ json }: ScannedRequest): EmbedCall {
  if (json['inputImage'] !== undefined) throw unsupported('inputImage', 'only text is embedded here.')
  refuseOtherTypes(json)
  readBoolean(json, 'normalize', '')
  return {
    inputs: [needString(json, 'inputText', '')],
    inputField: 'inputText',
    dimensions: readNumber(json, 'dimensions', '', { from: 1, to: Number.MAX_SAFE_INTEGER, whole: true }),
    encoding: 'float',
    purpose: null,
    extras: Object.fromEntries(
      Object.entries(json).filter(([name, value]) => value !== null && !neutralFields.has(name)),
    ),
  }
}

function writeRequest(call: EmbedCall, { model }: WriteTarget): WrittenRequest {
  const [inputText, ...others] = call.inputs
  // An attempt is one call upstream, with one price and one outcome: several texts would be several attempts, some of
  // which may fail when others are paid for.
  if (inputText === undefined || others.length > 0) {
    throw unsupported(
      call.inputField,
      'this model embeds one text a request; send each text by itself, or choose a model that takes many.',
    )
  }
  const warnings = new WarningList()
  if (call.purpose !== null) {
    warnings.add('input_type', 'Titan makes one vector for every purpose; it was left out')
  }
  const extras = settleExtras(call.extras, rulesOf(model), warnings)
  const dimensions = sizeToWrite(call.dimensions, sizesOf(model))
  const body = { inputText, ...(dimensions === null ? {} : { dimensions }), ...extras }
  return { body: encoder.encode(JSON.stringify(body)), warnings: warnings.list() }
}

/** `embedding` is of floats; a body that asked for binary alone is answered under `embeddingsByType` alone. */
function readResult(body: Uint8Array, headers: AnswerHeaders = {}): EmbedResult {
  const { embedding, embeddingsByType, inputTextTokenCount } = readVendorJson(body, "The vendor's answer")
  const byType = isJsonObject(embeddingsByType) ? embeddingsByType : {}
  const [anyType] = Object.values(byType)
  const vector = embedding ?? byType['float'] ?? anyType
  return {
    vectors: [readVector(vector)],
    finish: null,
    usage: readInputTokens(inputTextTokenCount, headers),
  }
}

/** Titan's clients demand a count (AI SDK): where the vendor told none, as Gemini's embeddings, it is estimated. */
function writeResult({ vectors, usage }: EmbedResult, { asked }: AnswerAbout): Uint8Array {
  const [embedding] = vectors
  if (embedding === undefined) throw broken('has no embedding')
  const { inputText } = asked
  const text = typeof inputText === 'string' ? inputText : ''
  const inputTextTokenCount = usage.inputTokens ?? estimateTextTokens(encoder.encode(text).length)
  return encoder.encode(
    JSON.stringify({ embedding, embeddingsByType: { float: embedding }, inputTextTokenCount }),
  )
}

/** Titan's native body for embeddings: one text a call. */
export const titan: WholeForm<EmbedCall, EmbedResult> = {
  scanRequest,
  readRequest,
  writeRequest,
  passRequest,
  readResult,
  writeResult,
  resultHeaders,
}
