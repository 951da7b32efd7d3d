import { isJsonObject } from '../json.ts'
import type { JsonValue } from '../json.ts'
import { validation } from './failure.ts'

const LEAST_BUDGET = 1_024
const ADAPTIVE_BUDGET = 4_096

/**
 * Reads Claude's `thinking` from the model's own fields (Converse: additionalModelRequestFields; InvokeModel: the body
 * itself). Null when the caller does not ask to see it. Throws for a budget that the vendor refuses.
 */
export function readThinking(
  fields: JsonValue | undefined,
  maxTokens: number | null,
): { readonly budgetTokens: number } | null {
  if (!isJsonObject(fields)) return null
  const thinking = fields['thinking']
  if (!isJsonObject(thinking)) return null
  const type = thinking['type']
  if (type === 'disabled') return null
  if (type === 'adaptive') return { budgetTokens: ADAPTIVE_BUDGET }
  if (type !== 'enabled') {
    throw modelError("thinking.type: Input should be 'enabled', 'disabled' or 'adaptive'")
  }
  const budget = thinking['budget_tokens']
  if (typeof budget !== 'number') throw modelError('thinking.enabled.budget_tokens: Field required')
  if (budget < LEAST_BUDGET) {
    throw modelError(
      `thinking.enabled.budget_tokens: Input should be greater than or equal to ${LEAST_BUDGET}`,
    )
  }
  if (maxTokens !== null && maxTokens <= budget) {
    throw modelError('`max_tokens` must be greater than `thinking.budget_tokens`')
  }
  return { budgetTokens: budget }
}

function modelError(problem: string): Error {
  return validation(`The model returned the following errors: ${problem}`)
}
