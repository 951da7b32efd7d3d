import type { JsonObject, JsonValue } from '@pointsman/contract'

import type { ScannedRequest, WriteTarget } from '../dialect.ts'
import { isGiven, isJsonArray, isJsonObject } from '../json-fields.ts'
import { isAboveLimit } from '../sampling-warnings.ts'
import { allowedCallId } from './quirk-call-ids.ts'
import { effortsOf } from './quirk-efforts.ts'
import type { OpenaiApi } from './quirk-efforts.ts'
import { isOpenaiModel, mayThink, takesBias, takesVerbosity, thinks } from './quirk-openai-models.ts'
import { refusesTools } from './quirk-tools-beside-reasoning.ts'

/** The effort that is asked for in words; null for none. */
export const effortOf = (effort: JsonValue | undefined): string | null =>
  typeof effort === 'string' ? effort : null

/** Whether the model has such an effort; one that cannot reason has none. What is not known passes. */
export function takesEffort(effort: string | null, { model }: WriteTarget, api: OpenaiApi): boolean {
  if (effort === null || model.abilities.reasoning === null) return true
  return model.abilities.reasoning && effortsOf(model, api).includes(effort)
}

/** Temperature and top_p of a model that thinks: 1 is what it does anyway. */
export const leavesDistribution = ({ temperature, top_p: topP }: JsonObject): boolean =>
  [temperature, topP].every((value) => !isGiven(value) || value === 1)

const isNothing = (value: JsonValue | undefined): boolean => !isGiven(value) || value === 0 || value === false

/** Other vendors' ids are longer where a client's conversation began with their models. */
const takesCallIds = (messages: JsonValue | undefined): boolean =>
  !isJsonArray(messages) ||
  messages.every((message) => {
    const calls = isJsonObject(message) ? message['tool_calls'] : undefined
    if (!isJsonArray(calls)) return true
    return calls.every((call) => {
      const id = isJsonObject(call) ? call['id'] : undefined
      return typeof id !== 'string' || allowedCallId.test(id)
    })
  })

/**
 * Whether a model of OpenAI's takes what was written for another one, as fitSampling and fitReasoning would leave it. A
 * model that can reason wants its limit under the newer name, whether it thinks or not.
 */
export function takesSteered({ json }: ScannedRequest, target: WriteTarget): boolean {
  if (!isOpenaiModel(target)) return true
  const { model } = target
  const effort = effortOf(json['reasoning_effort'])
  if (isAboveLimit(json['max_completion_tokens'] ?? json['max_tokens'], model)) return false
  if (!takesEffort(effort, target, 'chat') || !takesCallIds(json['messages'])) return false
  if (!takesVerbosity(json['verbosity'], target) || !takesBias(json['logit_bias'], target)) return false
  if (isJsonArray(json['tools']) && json['tools'].length > 0 && refusesTools(model, effort)) return false
  if (model.abilities.reasoning !== true) return true
  if (isGiven(json['max_tokens'])) return false
  if (!isNothing(json['frequency_penalty']) || !isNothing(json['presence_penalty'])) return false
  if (isGiven(json['stop']) && mayThink(effort, target)) return false
  return (leavesDistribution(json) && isNothing(json['logprobs'])) || !thinks(effort, target)
}
