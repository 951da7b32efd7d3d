import { textVector } from '../answer/text-vector.ts'
import { estimateTokens } from '../answer/token-estimate.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import type { SimulatedModel } from '../simulated-model.ts'
import { invalid } from './failure.ts'
import { missing, oneOf, onlyMembers, optionalNumber, optionalText, wrongType } from './fields.ts'

const MEMBERS: ReadonlySet<string> = new Set(['input', 'model', 'dimensions', 'encoding_format', 'user'])
/** A shorter vector is the beginning of the model's own, made one long again. */
const DIMENSIONS = { small: 1_536, large: 3_072 } as const
const MOST_INPUTS = 2_048

/** Texts, or tokens, which stand for themselves here. */
function readInputs(value: JsonValue | undefined): readonly string[] {
  if (value === undefined) throw missing('input')
  if (typeof value === 'string') return [nonEmpty(value, 'input')]
  if (!Array.isArray(value)) throw wrongType('input', 'a string or an array', value)
  const list = value as readonly JsonValue[]
  if (list.length === 0 || list.length > MOST_INPUTS) {
    throw invalid(
      `'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.`,
      null,
    )
  }
  if (list.every((one) => typeof one === 'number')) return [list.join(' ')]
  return list.map((one, index) => {
    if (typeof one === 'string') return nonEmpty(one, `input[${index}]`)
    if (Array.isArray(one) && one.every((token) => typeof token === 'number')) return one.join(' ')
    throw wrongType(`input[${index}]`, 'a string or an array of integers', one)
  })
}

function nonEmpty(text: string, where: string): string {
  if (text === '') throw invalid(`'${where}' cannot be an empty string.`, where)
  return text
}

/** The body of an answer with vectors, and how many tokens went in. */
export function embeddingsBody(
  body: JsonObject,
  model: SimulatedModel,
): { readonly json: string; readonly tokens: number } {
  onlyMembers(body, MEMBERS, '')
  if (model.purpose !== 'embedding') {
    throw invalid(`You are not allowed to generate embeddings from this model`, null)
  }
  const inputs = readInputs(body['input'])
  const most = model.tier === 'large' ? DIMENSIONS.large : DIMENSIONS.small
  const dimensions =
    optionalNumber(body['dimensions'], 'dimensions', { from: 1, to: most, whole: true }) ?? most
  const format = optionalText(body['encoding_format'], 'encoding_format')
  const encoding = format === null ? 'float' : oneOf(format, 'encoding_format', ['float', 'base64'])
  const tokens = inputs.reduce((sum, input) => sum + estimateTokens(input), 0)
  const data = inputs.map((input, index) => {
    const vector = textVector(input, model.id, dimensions)
    return { object: 'embedding', index, embedding: encoding === 'float' ? vector : base64(vector) }
  })
  const usage = { prompt_tokens: tokens, total_tokens: tokens }
  return { json: JSON.stringify({ object: 'list', data, model: model.id, usage }), tokens }
}

/** Little-endian 32-bit floats. */
function base64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4)
  vector.forEach((value, index) => bytes.writeFloatLE(value, index * 4))
  return bytes.toString('base64')
}
