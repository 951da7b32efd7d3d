import { textVectors } from '../answer/text-vector.ts'
import { estimateTokens } from '../answer/token-estimate.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import type { SimulatedModel } from '../simulated-model.ts'
import { invalid, OpenaiFailure } from './failure.ts'
import { missing, oneOf, onlyMembers, optionalNumber, optionalText, wrongType } from './fields.ts'

const MEMBERS: ReadonlySet<string> = new Set(['input', 'model', 'dimensions', 'encoding_format', 'user'])
/** A shorter vector is the beginning of the model's own, made one long again. */
const DIMENSIONS = { small: 1_536, large: 3_072 } as const
const MOST_INPUTS = 2_048
const MOST_TOKENS = 300_000

/** One input: a text, or tokens, whose numbers stand for their words here. */
interface Input {
  readonly text: string
  readonly tokens: number
}

function readInputs(value: JsonValue | undefined): readonly Input[] {
  if (value === undefined) throw missing('input')
  if (typeof value === 'string') return [textInput(value, 'input')]
  if (!Array.isArray(value)) throw wrongType('input', 'a string or an array', value)
  const list = value as readonly JsonValue[]
  if (list.length === 0 || list.length > MOST_INPUTS) {
    throw invalid(
      `'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.`,
      null,
    )
  }
  if (list.every((one) => typeof one === 'number')) return [tokensInput(list)]
  return list.map((one, index) => {
    if (typeof one === 'string') return textInput(one, `input[${index}]`)
    if (Array.isArray(one) && one.every((token) => typeof token === 'number')) return tokensInput(one)
    throw wrongType(`input[${index}]`, 'a string or an array of integers', one)
  })
}

function textInput(text: string, where: string): Input {
  if (text === '') throw invalid(`'${where}' cannot be an empty string.`, where)
  return { text, tokens: estimateTokens(text) }
}

const tokensInput = (list: readonly number[]): Input => ({ text: list.join(' '), tokens: list.length })

/** All tokens; refuses more than the model or one request takes (github.com/sbintuitions/JMTEB issue 15, assafelovic/gpt-researcher issue 1500, read 2026-11). */
function countTokens(inputs: readonly Input[], { contextTokens }: SimulatedModel): number {
  for (const { tokens } of inputs) {
    if (contextTokens === null || tokens <= contextTokens) continue
    throw invalid(
      `This model's maximum context length is ${contextTokens} tokens, however you requested ${tokens} tokens (${tokens} in your prompt; 0 for the completion). Please reduce your prompt; or completion length.`,
      null,
    )
  }
  const all = inputs.reduce((sum, { tokens }) => sum + tokens, 0)
  if (all <= MOST_TOKENS) return all
  throw new OpenaiFailure(
    'max_tokens_per_request',
    `Requested ${all} tokens, max ${MOST_TOKENS} tokens per request`,
    { code: 'max_tokens_per_request' },
  )
}

/** The body of an answer with vectors, and how many tokens went in; rejects with the vendor's refusal. */
export async function embeddingsBody(
  body: JsonObject,
  model: SimulatedModel,
): Promise<{ readonly json: string; readonly tokens: number }> {
  onlyMembers(body, MEMBERS, '')
  if (model.purpose !== 'embedding') {
    // Not 400, as other refusals of a model (github.com/infiniflow/ragflow issue 1835, read 2026-11).
    const message = 'You are not allowed to generate embeddings from this model'
    throw new OpenaiFailure('invalid_request_error', message, { status: 403 })
  }
  const inputs = readInputs(body['input'])
  const most = model.tier === 'large' ? DIMENSIONS.large : DIMENSIONS.small
  const dimensions =
    optionalNumber(body['dimensions'], 'dimensions', { from: 1, to: most, whole: true }) ?? most
  const format = optionalText(body['encoding_format'], 'encoding_format')
  const encoding = format === null ? 'float' : oneOf(format, 'encoding_format', ['float', 'base64'])
  const tokens = countTokens(inputs, model)
  const texts = inputs.map(({ text }) => text)
  // Written one by one: all of them at once are 80 MB of JSON, which takes a second of the loop.
  const data = await textVectors(texts, { modelId: model.id, dimensions }, (vector, index) =>
    JSON.stringify({
      object: 'embedding',
      index,
      embedding: encoding === 'float' ? vector : base64(vector),
    }),
  )
  const rest = JSON.stringify({
    model: model.id,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  })
  return { json: `{"object":"list","data":[${data.join(',')}],${rest.slice(1)}`, tokens }
}

/** Little-endian 32-bit floats. */
function base64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4)
  vector.forEach((value, index) => bytes.writeFloatLE(value, index * 4))
  return bytes.toString('base64')
}
