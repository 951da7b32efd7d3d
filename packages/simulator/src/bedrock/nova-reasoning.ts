import type { Prompt } from '../answer/prompt.ts'
import type { JsonValue } from '../json.ts'
import type { SimulatedModel } from '../simulated-model.ts'
import { validation } from './failure.ts'
import { checkEnum, malformed, optionalObject, optionalString } from './fields.ts'
import type { InferenceLimits } from './inference-limits.ts'

/** Nova is given an effort, not a budget; this is what the simulator lets it think. */
const REASONING_TOKENS = 1_024

/**
 * Reads `reasoningConfig`, which Nova has from its second generation on (AWS Nova 2 user guide, extended thinking,
 * 2026-11): with the highest effort it takes no limits beside. The words of that last refusal are ours.
 */
export function readNovaReasoning(
  value: JsonValue | undefined,
  inference: InferenceLimits,
  model: SimulatedModel,
): Prompt['reasoning'] {
  const config = optionalObject(value)
  if (config === undefined) return null
  if (model.abilities.reasoning === false)
    throw malformed('#: extraneous key [reasoningConfig] is not permitted')
  const type = optionalString(config['type'])
  checkEnum(type, 'reasoningConfig.type', ['enabled', 'disabled'])
  const effort = optionalString(config['maxReasoningEffort'])
  checkEnum(effort, 'reasoningConfig.maxReasoningEffort', ['low', 'medium', 'high'])
  if (type !== 'enabled') return null
  const { maxTokens, temperature, topP } = inference
  if (effort === 'high' && (maxTokens !== null || temperature !== null || topP !== null)) {
    throw validation(
      'The model returned the following errors: maxTokens, temperature and topP must be unset when maxReasoningEffort is high.',
    )
  }
  return { budgetTokens: REASONING_TOKENS }
}
