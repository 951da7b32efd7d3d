import type { ScannedRequest, WriteTarget } from '../dialect.ts'
import { isGiven, isJsonArray, isJsonObject } from '../json-fields.ts'
import { isOpenaiModel, takesVerbosity, thinks } from '../openai-chat/quirk-openai-models.ts'
import { effortOf, leavesDistribution, takesEffort } from '../openai-chat/quirk-steered.ts'
import { isAboveLimit } from '../sampling-warnings.ts'

/** Whether a model of OpenAI's takes what was written for another one; see its counterpart of Chat Completions. */
export function takesSteered({ json }: ScannedRequest, target: WriteTarget): boolean {
  if (!isOpenaiModel(target)) return true
  const { model } = target
  const { include, reasoning } = json
  const effort = isJsonObject(reasoning) ? effortOf(reasoning['effort']) : null
  if (isAboveLimit(json['max_output_tokens'], model) || !takesEffort(effort, target, 'responses'))
    return false
  if (isJsonObject(json['text']) && !takesVerbosity(json['text']['verbosity'], target)) return false
  // A model that does not reason refuses to be asked for its reasoning (see writeInclude).
  const wantsReasoning = isJsonArray(include) && include.includes('reasoning.encrypted_content')
  const summary = isJsonObject(reasoning) ? reasoning['summary'] : undefined
  if (model.abilities.reasoning === false) return !wantsReasoning && !isGiven(summary)
  return (leavesDistribution(json) && !isGiven(json['top_logprobs'])) || !thinks(effort, target)
}
