import { noUsage, PointsmanError, unknownUsage } from '@pointsman/contract'
import type { EmbedResult, JsonValue, UsageBuckets } from '@pointsman/contract'

import type { AnswerHeaders, ScannedRequest } from '../dialect.ts'
import { numberOf } from '../exact-json.ts'
import { estimateInputTokens } from '../input-size.ts'
import { isJsonArray } from '../json-fields.ts'
import type { RequestBody } from '../read-body.ts'
import { unsupported } from '../warning-list.ts'

export const broken = (problem: string): PointsmanError =>
  new PointsmanError('upstream_broken', `The vendor's answer ${problem}.`)

/** What routing needs of a body for vectors; whether an image can be embedded is the vendor's to say. */
export function scannedEmbed({ bytes, json, whole }: RequestBody): ScannedRequest {
  return {
    model: null,
    stream: false,
    needs: {
      tools: false,
      images: false,
      documents: false,
      streaming: false,
      jsonSchema: false,
      reasoning: false,
      inputTokensEstimate: estimateInputTokens(bytes.length, {
        images: 0,
        documents: 0,
        mediaCharacters: 0,
      }),
    },
    bytes,
    json,
    whole,
    // The path names the model.
    modelSpan: null,
    marked: false,
  }
}

/** The sizes of a model's vectors. */
export interface VectorSizes {
  readonly sizes: readonly number[]
  /** The API has a field for it; else the model knows one size, and asking for that one asks for nothing. */
  readonly hasField: boolean
}

/** The size to write; null = none. Throws `unsupported_parameter`. */
export function sizeToWrite(dimensions: number | null, { sizes, hasField }: VectorSizes): number | null {
  if (dimensions !== null && !sizes.includes(dimensions)) {
    throw unsupported('dimensions', `vectors of this model have ${sizes.join(', ')} dimensions.`)
  }
  return hasField ? dimensions : null
}

/** Throws `upstream_broken` for what is no list of numbers. */
export function readVector(value: JsonValue | undefined): readonly number[] {
  if (!isJsonArray(value) || value.length === 0) throw broken('holds a vector that is none')
  return value.map((one) => {
    const number = numberOf(one)
    if (number === null) throw broken('holds a vector with something else than numbers')
    return number
  })
}

/**
 * Bedrock tells of every InvokeModel what went in; Cohere's body does not tell it (docs.aws.amazon.com, InvokeModel;
 * seen with cohere.embed-v4:0 in github.com/vercel/ai pull 15973, 2026-06-10).
 */
const inputTokensHeader = 'x-amzn-bedrock-input-token-count'

const countOf = (count: number | null): number | null =>
  count !== null && Number.isSafeInteger(count) && count >= 0 ? count : null

/** Vectors have input only, which nobody caches. Unknown where neither body nor header tell it. */
export function readInputTokens(told: JsonValue | undefined, headers: AnswerHeaders): UsageBuckets {
  const header = headers[inputTokensHeader] ?? ''
  const inHeader = /^\d{1,15}$/.test(header) ? Number(header) : null
  const inputTokens = countOf(numberOf(told)) ?? inHeader
  return inputTokens === null ? unknownUsage : { ...noUsage, inputTokens }
}

export const resultHeaders = ({ usage }: EmbedResult): readonly string[] =>
  usage.inputTokens === null ? [] : [inputTokensHeader, String(usage.inputTokens)]
