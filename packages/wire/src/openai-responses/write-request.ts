import type { ChatCall, JsonObject, JsonValue, ResponseFormat, Sampling } from '@pointsman/contract'

import type { Crc32, WriteTarget, WrittenRequest } from '../dialect.ts'
import { isJsonArray } from '../json-fields.ts'
import { fitSampling, judgeToolNames } from '../openai-chat/quirk-openai-models.ts'
import { writeLabels } from '../openai-chat/write-request.ts'
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

function writeFormat(format: ResponseFormat | null): JsonObject | null {
  if (format === null) return null
  if (format.kind === 'json-object') return { type: 'json_object' }
  const { name, description, schema, strict } = format
  // Left out, this API means true and refuses schemas that are not written for it.
  return { type: 'json_schema', name, ...present({ description }), schema, strict: strict ?? false }
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
    max_output_tokens: sampling.maxTokens,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    top_logprobs: sampling.logprobs?.alternatives,
  })
}

function writeReasoning(call: ChatCall, extras: JsonObject, warnings: WarningList): JsonObject | null {
  if (call.reasoning !== null && call.reasoning.budgetTokens !== null) {
    warnings.add('thinking', 'OpenAI takes an effort instead of a budget of tokens; the budget was left out')
  }
  return presentOrNull({
    effort: call.reasoning?.effort,
    summary: call.reasoning?.summary,
    context: extras['reasoning.context'],
    mode: extras['reasoning.mode'],
  })
}

/** The next turn needs the reasoning, and nothing is stored; models that do not reason refuse to be asked for it. */
function writeInclude(call: ChatCall, asked: JsonValue | undefined, target: WriteTarget): JsonValue | null {
  const reasons = call.reasoning !== null || target.model.abilities.reasoning === true
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
  return (call: ChatCall, target: WriteTarget): WrittenRequest => {
    const warnings = new WarningList()
    judgeToolNames(call, target)
    const extras = settleExtras(call.extras, extraRules, warnings)
    const body = {
      ...Object.fromEntries(Object.entries(extras).filter(([name]) => !placedElsewhere.has(name))),
      model: target.upstreamId,
      ...writeMessages(withPlainDocuments(call, warnings), warnings, crc32),
      ...writeTools(call, extras['tools'], warnings),
      ...writeSampling(fitSampling(call, target, warnings), warnings),
      ...present({
        reasoning: writeReasoning(call, extras, warnings),
        text: presentOrNull({ format: writeFormat(call.responseFormat), verbosity: extras['verbosity'] }),
        include: writeInclude(call, extras['include'], target),
        metadata: writeLabels(call, warnings),
        service_tier: call.serviceTier === 'standard' ? 'default' : call.serviceTier,
      }),
      store: false,
      ...(call.stream ? { stream: true } : {}),
    }
    return { body: encoder.encode(JSON.stringify(body)), warnings: warnings.list() }
  }
}
