import type { ChatCall, JsonObject, JsonValue, ResponseFormat, Sampling } from '@pointsman/contract'

import type { Crc32, WriteTarget, WrittenRequest } from '../dialect.ts'
import { writeLabels } from '../openai-labels.ts'
import { withPlainDocuments } from '../plain-documents.ts'
import { settleExtras, WarningList } from '../warning-list.ts'
import { extraRules } from './extra-fields.ts'
import { withJsonWord } from './quirk-json-mode.ts'
import {
  fitChoice,
  fitExtras,
  fitReasoning,
  fitSampling,
  isOpenaiModel,
  judgeToolNames,
  strictOf,
  withoutPlaced,
} from './quirk-openai-models.ts'
import { writeMessages } from './write-messages.ts'
import { writeTools } from './write-tools.ts'

const encoder = new TextEncoder()

const present = (members: { readonly [name: string]: JsonValue | null }): JsonObject =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null))

function writeResponseFormat(format: ResponseFormat | null, warnings: WarningList): JsonObject | null {
  if (format === null) return null
  if (format.kind === 'json-object') return { type: 'json_object' }
  const strict = strictOf(format, 'response_format', warnings)
  return {
    type: 'json_schema',
    json_schema: {
      name: format.name,
      ...present({ description: format.description, strict }),
      schema: format.schema,
    },
  }
}

function writeSampling(sampling: Sampling, target: WriteTarget, warnings: WarningList): JsonObject {
  if (sampling.topK !== null) warnings.add('top_k', 'OpenAI has no such parameter; it was left out')
  return present({
    // Every model of OpenAI's takes the newer one, and those that reason refuse the older; other servers may know the older only.
    [isOpenaiModel(target) ? 'max_completion_tokens' : 'max_tokens']: sampling.maxTokens,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    stop: sampling.stopSequences.length === 0 ? null : sampling.stopSequences,
    seed: sampling.seed,
    frequency_penalty: sampling.frequencyPenalty,
    presence_penalty: sampling.presencePenalty,
    logprobs: sampling.logprobs === null ? null : true,
    top_logprobs: sampling.logprobs?.alternatives ?? null,
  })
}

/**
 * The body for OpenAI, or for anything that speaks its dialect. A stream always asks for usage, because nothing
 * else tells what it cost. Throws `unsupported_parameter` where leaving something out would change the meaning.
 */
export const createRequestWriter =
  (crc32: Crc32) =>
  (given: ChatCall, target: WriteTarget): WrittenRequest => {
    const warnings = new WarningList()
    const call = fitChoice(given, target)
    judgeToolNames(call, target)
    const settled = settleExtras(withoutPlaced(call, target, 'chat'), extraRules, warnings)
    const extras = fitExtras(settled, target, warnings)
    const body = {
      ...extras,
      model: target.upstreamId,
      messages: writeMessages(withJsonWord(withPlainDocuments(call, warnings), warnings), {
        target,
        warnings,
        crc32,
      }),
      ...writeTools(call, target, warnings),
      ...writeSampling(fitSampling(call, target, warnings), target, warnings),
      ...present({
        response_format: writeResponseFormat(call.responseFormat, warnings),
        reasoning_effort: fitReasoning(call, target, 'chat', warnings)?.effort ?? null,
        service_tier: call.serviceTier === 'standard' ? 'default' : call.serviceTier,
      }),
      ...writeLabels(call, extras, { target, onlyStored: true }, warnings),
      ...(call.stream ? { stream: true, stream_options: { include_usage: true } } : {}),
    }
    return { body: encoder.encode(JSON.stringify(body)), warnings: warnings.list() }
  }
