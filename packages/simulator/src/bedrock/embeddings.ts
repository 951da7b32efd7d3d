import { hash, randomUUID } from 'node:crypto'
import { textVector, textVectors } from '../answer/text-vector.ts'
import { estimateTokens } from '../answer/token-estimate.ts'
import { isJsonObject } from '../json.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import type { SimulatedModel } from '../simulated-model.ts'
import { malformed, parseBody } from './fields.ts'
import { validation } from './failure.ts'

/*
 * InvokeModel for embeddings: the native bodies of Titan Embeddings Text and Cohere Embed (AWS Bedrock user guide, model
 * parameters; read 2026-11). Their schemas stand before the models, and all that is wrong with a body is told at once,
 * in the words of a JSON Schema validator: `#: required key [texts] not found#/texts/0: expected …`.
 */

/** A body with vectors, and how many tokens went in. */
export interface EmbeddingAnswer {
  readonly json: string
  readonly tokens: number
}

type Answers = (body: JsonObject, model: SimulatedModel) => EmbeddingAnswer | Promise<EmbeddingAnswer>

/** By the `format` of a model whose purpose is embeddings. */
const answersByFormat: ReadonlyMap<string, Answers> = new Map<string, Answers>([
  ['titan', titanBody],
  ['cohere', cohereBody],
])

/** Answers InvokeModel of an embedding model; rejects with the failure that Bedrock would answer with. */
export async function embeddings(model: SimulatedModel, body: Buffer): Promise<EmbeddingAnswer> {
  const answers = answersByFormat.get(model.format)
  if (answers !== undefined) return answers(parseBody(body), model)
  throw validation(
    `This simulator makes embeddings for the body formats ${[...answersByFormat.keys()].join(' and ')} only.`,
  )
}

/** What is wrong with one member; empty for nothing. */
type Check = (value: JsonValue, where: string) => readonly string[]

interface Schema {
  readonly members: Readonly<Record<string, Check>>
  readonly required: readonly string[]
}

function checkSchema(body: JsonObject, { members, required }: Schema): void {
  const problems = [
    ...required.filter((key) => body[key] === undefined).map((key) => `#: required key [${key}] not found`),
    ...Object.keys(body)
      .filter((key) => !Object.hasOwn(members, key))
      .map((key) => `#: extraneous key [${key.slice(0, 100)}] is not permitted`),
    ...Object.entries(members).flatMap(([key, check]) => {
      const value = body[key]
      return value === undefined ? [] : check(value, `#/${key}`)
    }),
  ]
  if (problems.length > 0) throw malformed(problems.join(''))
}

const nameOf = (value: JsonValue): string => {
  if (value === null) return 'Null'
  if (Array.isArray(value)) return 'JSONArray'
  if (isJsonObject(value)) return 'JSONObject'
  if (typeof value === 'number') return Number.isInteger(value) ? 'Integer' : 'BigDecimal'
  return typeof value === 'string' ? 'String' : 'Boolean'
}

const expected = (where: string, kind: string, value: JsonValue): readonly string[] => [
  `${where}: expected type: ${kind}, found: ${nameOf(value)}`,
]

const text =
  (lengths: { readonly least: number; readonly most: number }): Check =>
  (value, where) => {
    if (typeof value !== 'string') return expected(where, 'String', value)
    const { length } = value
    if (length < lengths.least) return [`${where}: expected minLength: ${lengths.least}, actual: ${length}`]
    return length > lengths.most ? [`${where}: expected maxLength: ${lengths.most}, actual: ${length}`] : []
  }

const oneOf =
  (known: readonly JsonValue[]): Check =>
  (value, where) =>
    known.includes(value)
      ? []
      : [`${where}: ${JSON.stringify(value).slice(0, 100)} is not a valid enum value`]

const boolean: Check = (value, where) => (typeof value === 'boolean' ? [] : expected(where, 'Boolean', value))

const list =
  (item: Check, most: number): Check =>
  (value, where) => {
    if (!Array.isArray(value)) return expected(where, 'JSONArray', value)
    const items = value as readonly JsonValue[]
    if (items.length > most) return [`${where}: expected maximum item count: ${most}, found: ${items.length}`]
    return items.flatMap((one, index) => item(one, `${where}/${index}`))
  }

/** What the schema has found to be a text. */
const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')

const titanSizes = [256, 512, 1_024]
const titanText = text({ least: 1, most: 50_000 })
const titanSchemas: { readonly first: Schema; readonly second: Schema } = {
  first: { members: { inputText: titanText }, required: ['inputText'] },
  second: {
    members: {
      inputText: titanText,
      dimensions: oneOf(titanSizes),
      normalize: boolean,
      embeddingTypes: list(oneOf(['float', 'binary']), 2),
    },
    required: ['inputText'],
  },
}

function titanBody(body: JsonObject, model: SimulatedModel): EmbeddingAnswer {
  const isFirst = (model.generation ?? 2) < 2
  checkSchema(body, isFirst ? titanSchemas.first : titanSchemas.second)
  const input = textOf(body['inputText'])
  const tokens = countWithin(input, model, (most) => {
    // Titan cuts nothing off.
    throw validation(
      `400 Bad Request: Too many input tokens. Max input tokens: ${most}, request input token count: ${estimateTokens(input)}`,
    )
  })
  const size = typeof body['dimensions'] === 'number' ? body['dimensions'] : isFirst ? 1_536 : 1_024
  const unit = textVector(input, { modelId: model.id, dimensions: size })
  // Any length will do for one that was asked not to be 1.
  const vector = body['normalize'] === false ? unit.map((value) => Number((value * 9).toFixed(7))) : unit
  if (isFirst) return { json: JSON.stringify({ embedding: vector, inputTextTokenCount: tokens }), tokens }
  const types = Array.isArray(body['embeddingTypes']) ? body['embeddingTypes'] : ['float']
  const embeddingsByType = {
    ...(types.includes('binary') ? { binary: vector.map((value) => Number(value > 0)) } : {}),
    ...(types.includes('float') ? { float: vector } : {}),
  }
  // `embedding` is of floats always, and left out where none were asked for.
  const embedding = types.includes('float') ? { embedding: vector } : {}
  return { json: JSON.stringify({ ...embedding, embeddingsByType, inputTextTokenCount: tokens }), tokens }
}

const inputTypes = ['search_document', 'search_query', 'classification', 'clustering']
const numberTypes = ['float', 'int8', 'uint8', 'binary', 'ubinary']
const image: Check = (value, where) =>
  typeof value === 'string' && /^data:image\/(?:png|jpeg|webp|gif);base64,/.test(value)
    ? []
    : [`${where}: string [${textOf(value).slice(0, 40)}] does not match pattern ^data:image/.*;base64,.*$`]

/** v3: short texts, one image, one size. v4: long ones, many images, a choice of sizes. */
const cohereSchemas: { readonly third: Schema; readonly fourth: Schema } = {
  third: {
    members: {
      texts: list(text({ least: 1, most: 2_048 }), 96),
      images: list(image, 1),
      input_type: oneOf([...inputTypes, 'image']),
      truncate: oneOf(['NONE', 'START', 'END']),
      embedding_types: list(oneOf(numberTypes), 5),
    },
    required: ['input_type'],
  },
  fourth: {
    members: {
      texts: list(text({ least: 1, most: Infinity }), 96),
      images: list(image, 96),
      inputs: list((value, where) => (isJsonObject(value) ? [] : expected(where, 'JSONObject', value)), 96),
      input_type: oneOf(inputTypes),
      truncate: oneOf(['NONE', 'LEFT', 'RIGHT']),
      embedding_types: list(oneOf(numberTypes), 5),
      output_dimension: oneOf([256, 512, 1_024, 1_536]),
      max_tokens: (value, where) => (Number.isInteger(value) ? [] : expected(where, 'Integer', value)),
    },
    required: ['input_type'],
  },
}

async function cohereBody(body: JsonObject, model: SimulatedModel): Promise<EmbeddingAnswer> {
  const isFourth = (model.generation ?? 3) >= 4
  const { members, required } = isFourth ? cohereSchemas.fourth : cohereSchemas.third
  const hasOther = body['images'] !== undefined || (isFourth && body['inputs'] !== undefined)
  checkSchema(body, { members, required: hasOther ? required : ['texts', ...required] })
  const inputs = cohereInputs(body)
  if (inputs.length === 0) throw validation('Malformed input request: at least one text or image is needed.')
  const tokens = inputs.reduce((sum, input) => sum + cohereTokens(input, body, model), 0)
  const size =
    typeof body['output_dimension'] === 'number' ? body['output_dimension'] : isFourth ? 1_536 : 1_024
  const space = { modelId: `${model.id} ${textOf(body['input_type'])}`, dimensions: size }
  const vectors = await textVectors(inputs, space, (vector) => vector)
  const types = itemsOf(body['embedding_types']).map(textOf)
  // v4 answers by type even where none was asked for (github.com/vercel/ai, Bedrock's embedding model, 2026-06).
  const byType = types.length > 0 ? types : isFourth ? ['float'] : null
  const told = {
    id: randomUUID(),
    texts: itemsOf(body['texts']),
    response_type: byType === null ? 'embeddings_floats' : 'embeddings_by_type',
    embeddings:
      byType === null
        ? vectors
        : Object.fromEntries(byType.map((type) => [type, vectors.map((vector) => packed(vector, type))])),
  }
  return { json: JSON.stringify(told), tokens }
}

const itemsOf = (value: JsonValue | undefined): readonly JsonValue[] =>
  Array.isArray(value) ? (value as readonly JsonValue[]) : []

/** Each is one vector; what is no text stands for itself by its hash. */
function cohereInputs(body: JsonObject): readonly string[] {
  const others = [...itemsOf(body['images']), ...itemsOf(body['inputs'])]
  return [
    ...itemsOf(body['texts']).map(textOf),
    ...others.map((value) => hash('sha256', JSON.stringify(value))),
  ]
}

function cohereTokens(input: string, body: JsonObject, model: SimulatedModel): number {
  const cuts = body['truncate'] !== undefined && body['truncate'] !== 'NONE'
  return countWithin(input, model, (most) => {
    if (cuts) return most
    throw validation(
      `Malformed input request: input must have less than ${most} tokens, received ${estimateTokens(input)}, please reformat your input and try again.`,
    )
  })
}

function countWithin(input: string, model: SimulatedModel, tooLong: (most: number) => number): number {
  const tokens = estimateTokens(input)
  const most = model.contextTokens
  return most !== null && tokens > most ? tooLong(most) : tokens
}

/** A vector in fewer bits: whole numbers, or one bit for each dimension, eight of them in a number. */
function packed(vector: readonly number[], type: string): readonly number[] {
  if (type === 'float') return vector
  if (type === 'int8' || type === 'uint8') {
    const shift = type === 'int8' ? 0 : 128
    return vector.map((value) => Math.max(-128, Math.min(127, Math.round(value * 127))) + shift)
  }
  const shift = type === 'binary' ? 128 : 0
  return Array.from({ length: Math.ceil(vector.length / 8) }, (_, place) => {
    const bits = vector.slice(place * 8, place * 8 + 8)
    return bits.reduce((byte, value, bit) => byte + (value > 0 ? 2 ** (7 - bit) : 0), 0) - shift
  })
}
