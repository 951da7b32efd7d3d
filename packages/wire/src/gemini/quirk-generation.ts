import type { JsonObject, JsonValue, Reasoning, ResponseFormat, Sampling } from '@pointsman/contract'

import { asString, fieldPath, invalidField, readBoolean, readObject, readString } from '../json-fields.ts'
import { unsupported } from '../warning-list.ts'
import { readEitherSchema } from './read-tools.ts'
import { camelCase, listIn, listPath, numberIn, spelled } from './quirk-spelling.ts'

/** What `generationConfig` holds. */
export interface Generation {
  readonly sampling: Sampling
  readonly responseFormat: ResponseFormat | null
  readonly reasoning: Reasoning | null
  readonly extras: readonly (readonly [string, JsonValue])[]
}

const neutralFields: ReadonlySet<string> = new Set([
  'maxOutputTokens',
  'temperature',
  'topP',
  'topK',
  'stopSequences',
  'seed',
  'presencePenalty',
  'frequencyPenalty',
  'responseLogprobs',
  'logprobs',
  'responseMimeType',
  'responseSchema',
  'responseJsonSchema',
  'thinkingConfig',
  'candidateCount',
  'responseModalities',
])

interface Config {
  readonly from: JsonObject
  readonly path: string
}

function readLogprobs(config: Config): Sampling['logprobs'] {
  const { from, path } = config
  const alternatives = numberIn(config, 'logprobs', { from: 0, to: 20, whole: true })
  const asked = readBoolean(from, spelled(from, 'responseLogprobs'), path) === true
  if (asked) return { alternatives: alternatives ?? 0 }
  if (alternatives !== null) {
    throw invalidField(fieldPath(path, 'logprobs'), 'needs `responseLogprobs: true` beside it.')
  }
  return null
}

function readSampling(config: Config): Sampling {
  const { from, path } = config
  const penalty = { from: -2, to: 2 }
  const stopAt = listPath(from, 'stopSequences', path)
  return {
    maxTokens: numberIn(config, 'maxOutputTokens', { from: 1, to: Number.MAX_SAFE_INTEGER, whole: true }),
    temperature: numberIn(config, 'temperature', { from: 0, to: 2 }),
    topP: numberIn(config, 'topP', { from: 0, to: 1 }),
    topK: numberIn(config, 'topK', { from: 1, to: Number.MAX_SAFE_INTEGER, whole: true }),
    stopSequences: listIn(from, 'stopSequences').map((text, at) => asString(text, stopAt(at))),
    seed: numberIn(config, 'seed'),
    presencePenalty: numberIn(config, 'presencePenalty', penalty),
    frequencyPenalty: numberIn(config, 'frequencyPenalty', penalty),
    logprobs: readLogprobs(config),
  }
}

function readResponseFormat({ from, path }: Config): ResponseFormat | null {
  const field = spelled(from, 'responseMimeType')
  const mimeType = readString(from, field, path) ?? 'text/plain'
  const names = { own: 'responseSchema', standard: 'responseJsonSchema' }
  const schema = readEitherSchema(from, names, path)
  switch (mimeType) {
    case 'application/json':
      if (schema === null) return { kind: 'json-object' }
      return { kind: 'json-schema', name: 'response', description: null, schema, strict: true }
    case 'text/plain':
    case '':
      if (schema === null) return null
      throw invalidField(fieldPath(path, field), 'must be "application/json" where a schema is given.')
    case 'text/x.enum':
      throw unsupported(
        fieldPath(path, field),
        'answers of one word from a list exist on Gemini only; ask for "application/json" with a schema.',
      )
    default:
      throw invalidField(fieldPath(path, field), 'must be "text/plain" or "application/json".')
  }
}

/** A budget of 0 switches thinking off, -1 leaves it to the model (@google/genai 2.32, `ThinkingConfig`). */
function readReasoning({ from, path }: Config): Reasoning | null {
  const name = spelled(from, 'thinkingConfig')
  const thinking = readObject(from, name, path)
  if (thinking === null) return null
  const config = { from: thinking, path: fieldPath(path, name) }
  const range = { from: -1, to: Number.MAX_SAFE_INTEGER, whole: true }
  const budget = numberIn(config, 'thinkingBudget', range)
  const level = readString(thinking, spelled(thinking, 'thinkingLevel'), config.path)?.toLowerCase() ?? null
  const shown = readBoolean(thinking, spelled(thinking, 'includeThoughts'), config.path) === true
  const summary = shown ? 'auto' : null
  if (budget === 0) return { effort: 'none', budgetTokens: null, summary: null }
  const effort = level === 'thinking_level_unspecified' ? null : level
  if (budget === null && effort === null && !shown) return null
  return { effort, budgetTokens: budget === -1 ? null : budget, summary }
}

/** What changes the shape of the answer and has no counterpart with another vendor. */
function refuseOtherAnswers(config: Config): void {
  const { from, path } = config
  const count = numberIn(config, 'candidateCount', { from: 0, to: 8, whole: true })
  if (count !== null && count > 1) {
    throw unsupported(
      fieldPath(path, spelled(from, 'candidateCount')),
      'one answer a request; send the request again for more.',
    )
  }
  const field = spelled(from, 'responseModalities')
  const modalities = listIn(from, 'responseModalities')
  if (modalities.some((word) => word !== 'TEXT' && word !== 'MODALITY_UNSPECIFIED')) {
    throw unsupported(fieldPath(path, field), 'answers are text; leave out all but "TEXT".')
  }
}

/** Throws `invalid_request` with the field, `unsupported_parameter` for answers that are no text. */
export function readGeneration(request: JsonObject, path: string): Generation {
  const name = spelled(request, 'generationConfig')
  const from = readObject(request, name, path) ?? {}
  const config = { from, path: fieldPath(path, name) }
  refuseOtherAnswers(config)
  const extras = Object.entries(from)
    .filter(([field, value]) => value !== null && !neutralFields.has(camelCase(field)))
    .map(([field, value]) => [`generationConfig.${camelCase(field)}`, value] as const)
  return {
    sampling: readSampling(config),
    responseFormat: readResponseFormat(config),
    reasoning: readReasoning(config),
    extras,
  }
}
