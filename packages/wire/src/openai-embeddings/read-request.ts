import type { EmbedCall, JsonObject, JsonValue } from '@pointsman/contract'

import type { ScannedRequest } from '../dialect.ts'
import { numberOf } from '../exact-json.ts'
import { asString, invalidField, isJsonArray, readNumber, readString } from '../json-fields.ts'
import { unsupported } from '../warning-list.ts'

/** Fields that the neutral form has a place for; every other one goes to `extras`. */
const neutralFields: ReadonlySet<string> = new Set(['model', 'input', 'dimensions', 'encoding_format'])

const isTokens = (value: JsonValue | undefined): boolean =>
  isJsonArray(value) ? value.every((token) => numberOf(token) !== null) : numberOf(value) !== null

function readInputs(body: JsonObject): readonly string[] {
  const input = body['input']
  if (typeof input === 'string') return [input]
  if (!isJsonArray(input) || input.length === 0) throw invalidField('input', 'must hold at least one text.')
  return input.map((value, index) => {
    if (isTokens(value)) {
      throw unsupported(
        `input[${index}]`,
        'tokens mean something to an OpenAI model only; send text, or choose a model of OpenAI.',
      )
    }
    const text = asString(value, `input[${index}]`)
    if (text === '') throw invalidField(`input[${index}]`, 'must not be empty.')
    return text
  })
}

function readEncoding(body: JsonObject): EmbedCall['encoding'] {
  const encoding = readString(body, 'encoding_format', '') ?? 'float'
  if (encoding !== 'float' && encoding !== 'base64') {
    throw invalidField('encoding_format', 'must be "float" or "base64".')
  }
  return encoding
}

/** A request for embeddings in neutral form. Throws `invalid_request` with the field, `unsupported_parameter` for lists of tokens. */
export function readRequest({ json }: ScannedRequest): EmbedCall {
  return {
    inputs: readInputs(json),
    inputField: 'input',
    dimensions: readNumber(json, 'dimensions', '', { from: 1, to: Number.MAX_SAFE_INTEGER, whole: true }),
    encoding: readEncoding(json),
    purpose: null,
    extras: Object.fromEntries(
      Object.entries(json).filter(([name, value]) => !neutralFields.has(name) && value !== null),
    ),
  }
}
