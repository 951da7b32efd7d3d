import type { ChatCall, JsonObject, JsonValue, ResponseFormat } from '@pointsman/contract'

import type { WriteTarget, WrittenRequest } from '../dialect.ts'
import { withPlainDocuments } from '../plain-documents.ts'
import { lowerLimit } from '../sampling-warnings.ts'
import { settleExtras, unsupported, WarningList } from '../warning-list.ts'
import { extraRules } from './extra-fields.ts'
import { writeThinking } from './quirk-thinking.ts'
import { quirksOf } from './quirks.ts'
import { writeMessages, writeSystem } from './write-messages.ts'
import type { WriteContext } from './write-messages.ts'
import { extrasUnder, writeTools } from './write-tools.ts'

const encoder = new TextEncoder()

/** ai.google.dev: GenerationConfig, 2026-10. */
const maxStopSequences = 5
const maxAlternatives = 20

const present = (members: { readonly [name: string]: JsonValue | null }): JsonObject =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null))

const writeMaxTokens = ({ sampling }: ChatCall, { model, warnings }: WriteContext): number | null =>
  sampling.maxTokens === null ? null : lowerLimit(sampling.maxTokens, model, warnings)

function writeStops({ sampling }: ChatCall): readonly string[] | null {
  const { stopSequences } = sampling
  if (stopSequences.length > maxStopSequences) {
    throw unsupported('stop', `this model takes at most ${maxStopSequences} stop sequences.`)
  }
  return stopSequences.length === 0 ? null : stopSequences
}

function writeLogprobs({ sampling }: ChatCall): JsonObject {
  if (sampling.logprobs === null) return {}
  const { alternatives } = sampling.logprobs
  return { responseLogprobs: true, logprobs: Math.min(alternatives, maxAlternatives) }
}

/** 0 is what a model does anyway. */
function writePenalties({ sampling }: ChatCall, { model, warnings }: WriteContext): JsonObject {
  const { presencePenalty, frequencyPenalty } = sampling
  if (quirksOf(model).penalties) return present({ presencePenalty, frequencyPenalty })
  const why = 'this model takes no penalties; it was left out'
  if ((presencePenalty ?? 0) !== 0) warnings.add('presence_penalty', why)
  if ((frequencyPenalty ?? 0) !== 0) warnings.add('frequency_penalty', why)
  return {}
}

function writeSampling(call: ChatCall, context: WriteContext): JsonObject {
  const { sampling } = call
  return {
    ...present({
      maxOutputTokens: writeMaxTokens(call, context),
      temperature: sampling.temperature,
      topP: sampling.topP,
      topK: sampling.topK,
      stopSequences: writeStops(call),
      seed: sampling.seed,
    }),
    ...writePenalties(call, context),
    ...writeLogprobs(call),
  }
}

function writeFormat(format: ResponseFormat | null, call: ChatCall, { model }: WriteContext): JsonObject {
  if (format === null) return {}
  if (call.tools.length > 0 && !quirksOf(model).jsonBesideTools) {
    throw unsupported('response_format', 'this model answers in JSON only where no tools are offered.')
  }
  if (format.kind === 'json-object') return { responseMimeType: 'application/json' }
  return { responseMimeType: 'application/json', responseJsonSchema: format.schema }
}

function writeGeneration(call: ChatCall, extras: JsonObject, context: WriteContext): JsonObject {
  const thinking = writeThinking(call, context.model, context.warnings)
  return {
    ...writeSampling(call, context),
    ...writeFormat(call.responseFormat, call, context),
    ...(Object.keys(thinking).length === 0 ? {} : { thinkingConfig: thinking }),
    ...Object.fromEntries(extrasUnder(extras, 'generationConfig')),
  }
}

const isOfRoot = ([name]: readonly [string, JsonValue]): boolean => !name.includes('.')

export interface WrittenMembers {
  readonly members: JsonObject
  readonly warnings: readonly string[]
}

/** The members of a request, for an answer and for a count of tokens alike. */
export function writeMembers(call: ChatCall, target: WriteTarget): WrittenMembers {
  const warnings = new WarningList()
  const context: WriteContext = { model: target.model, warnings }
  const extras = settleExtras(call.extras, extraRules, warnings)
  if (Object.keys(call.metadata).length > 0) {
    // Labels exist on Vertex AI only (@google/genai 2.32, GenerateContentConfig).
    warnings.add('metadata', 'the API of this model takes no labels; they were left out')
  }
  const generationConfig = writeGeneration(call, extras, context)
  const tier = call.serviceTier === 'auto' ? null : call.serviceTier
  const members = {
    ...present({ systemInstruction: writeSystem(call, context) }),
    contents: writeMessages(withPlainDocuments(call, warnings), context),
    ...writeTools(call, extras, context),
    ...(Object.keys(generationConfig).length === 0 ? {} : { generationConfig }),
    ...(tier === null ? {} : { serviceTier: tier }),
    ...Object.fromEntries(Object.entries(extras).filter(isOfRoot)),
  }
  return { members, warnings: warnings.list() }
}

/**
 * The body of `generateContent` and `streamGenerateContent`; the model and the streaming stand in the path. Throws
 * `unsupported_parameter` where leaving something out would change the meaning, `invalid_request` for tool arguments
 * that are no whole JSON object.
 */
export function writeRequest(call: ChatCall, target: WriteTarget): WrittenRequest {
  const { members, warnings } = writeMembers(call, target)
  return { body: encoder.encode(JSON.stringify(members)), warnings }
}
