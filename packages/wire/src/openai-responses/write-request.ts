import type {
  ChatCall,
  JsonObject,
  JsonValue,
  Reasoning,
  ResponseFormat,
  Sampling,
} from '@pointsman/contract'

import type { Crc32, WriteTarget, WrittenRequest } from '../dialect.ts'
import { isJsonArray } from '../json-fields.ts'
import {
  fitChoice,
  fitExtras,
  fitReasoning,
  fitSampling,
  judgeToolNames,
  strictOf,
  withoutPlaced,
} from '../openai-chat/quirk-openai-models.ts'
import { writeLabels } from '../openai-labels.ts'
import { withPlainDocuments } from '../plain-documents.ts'
import { settleExtras, unsupported, WarningList } from '../warning-list.ts'
import { extraRules } from './extra-fields.ts'
import { writeMessages } from './write-messages.ts'
import { writeTools } from './write-tools.ts'

const encoder = new TextEncoder()

const present = (members: { readonly [name: string]: JsonValue | null | undefined }): JsonObject =>
  Object.fromEntries(
    Object.entries(members).filter(
      (entry): entry is [string, JsonValue] => entry[1] !== null && entry[1] !== undefined,
    ),
  )

/** An object with what is present, or null where nothing is. */
function presentOrNull(members: {
  readonly [name: string]: JsonValue | null | undefined
}): JsonObject | null {
  const object = present(members)
  return Object.keys(object).length === 0 ? null : object
}

function writeFormat(format: ResponseFormat | null, warnings: WarningList): JsonObject | null {
  if (format === null) return null
  if (format.kind === 'json-object') return { type: 'json_object' }
  const { name, description, schema } = format
  const strict = strictOf(format, 'response_format', warnings)
  // Left out, this API means true and refuses schemas that are not written for it.
  return { type: 'json_schema', name, ...present({ description }), schema, strict: strict ?? false }
}

/** "Expected a value >= 16" (vectorize-io/hindsight issue 58: recorded answer, 2025-12). */
const leastTokens = 16

function raiseLimit(maxTokens: number, warnings: WarningList): number {
  if (maxTokens >= leastTokens) return maxTokens
  warnings.add('max_tokens', `this API takes at least ${leastTokens}, which was sent`)
  return leastTokens
}

function writeSampling(sampling: Sampling, warnings: WarningList): JsonObject {
  if (sampling.stopSequences.length > 0) {
    throw unsupported('stop', 'the Responses API has no stop sequences; use Chat Completions for them.')
  }
  const others: readonly (readonly [string, number | null])[] = [
    ['top_k', sampling.topK],
    ['seed', sampling.seed],
    ['frequency_penalty', sampling.frequencyPenalty],
    ['presence_penalty', sampling.presencePenalty],
  ]
  for (const [name, value] of others) {
    if (value !== null) warnings.add(name, 'the Responses API has no such parameter; it was left out')
  }
  return present({
    max_output_tokens: sampling.maxTokens === null ? null : raiseLimit(sampling.maxTokens, warnings),
    temperature: sampling.temperature,
    top_p: sampling.topP,
    top_logprobs: sampling.logprobs?.alternatives,
  })
}

function writeReasoning(reasoning: Reasoning | null, extras: JsonObject): JsonObject | null {
  return presentOrNull({
    effort: reasoning?.effort,
    summary: reasoning?.summary,
    context: extras['reasoning.context'],
    mode: extras['reasoning.mode'],
  })
}

/** The next turn needs the reasoning, and nothing is stored; models that do not reason refuse to be asked for it. */
function writeInclude(call: ChatCall, asked: JsonValue | undefined, reasons: boolean): JsonValue | null {
  const include = [
    ...(isJsonArray(asked) ? asked : []),
    ...(reasons ? ['reasoning.encrypted_content'] : []),
    ...(call.sampling.logprobs === null ? [] : ['message.output_text.logprobs']),
  ]
  return include.length === 0 ? null : include
}

/** Written elsewhere than at the root, or with members of their own. */
const placedElsewhere: ReadonlySet<string> = new Set([
  'include',
  'reasoning.context',
  'reasoning.mode',
  'tools',
  'verbosity',
])

/** The body for OpenAI. Throws `unsupported_parameter` where leaving something out would change the meaning. */
export function createRequestWriter(crc32: Crc32) {
  return (given: ChatCall, target: WriteTarget): WrittenRequest => {
    const warnings = new WarningList()
    const call = fitChoice(given, target)
    judgeToolNames(call, target)
    const settled = settleExtras(withoutPlaced(call, target, 'responses'), extraRules, warnings)
    const extras = fitExtras(settled, target, warnings)
    const reasoning = fitReasoning(call, target, 'responses', warnings)
    const reasons = reasoning !== null || target.model.abilities.reasoning === true
    const body = {
      ...Object.fromEntries(Object.entries(extras).filter(([name]) => !placedElsewhere.has(name))),
      model: target.upstreamId,
      ...writeMessages(withPlainDocuments(call, warnings), { target, warnings, crc32 }),
      ...writeTools(call, extras['tools'], warnings),
      ...writeSampling(fitSampling(call, target, warnings), warnings),
      ...present({
        reasoning: writeReasoning(reasoning, extras),
        text: presentOrNull({
          format: writeFormat(call.responseFormat, warnings),
          verbosity: extras['verbosity'],
        }),
        include: writeInclude(call, extras['include'], reasons),
        service_tier: call.serviceTier === 'standard' ? 'default' : call.serviceTier,
      }),
      ...writeLabels(call, extras, { target, onlyStored: false }, warnings),
      store: false,
      ...(call.stream ? { stream: true } : {}),
    }
    return { body: encoder.encode(JSON.stringify(body)), warnings: warnings.list() }
  }
}
