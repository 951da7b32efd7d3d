import type { JsonObject, JsonValue, Reasoning } from '@pointsman/contract'

import { numberOf } from '../exact-json.ts'
import { isJsonObject } from '../json-fields.ts'

/** What of `additionalModelRequestFields` has a place in the neutral form. */
export interface ModelFields {
  readonly topK: number | null
  readonly reasoning: Reasoning | null
  /** False: at most one tool call a turn. */
  readonly parallelToolCalls: boolean | null
  /** What only the model that it was written for understands. */
  readonly rest: JsonObject
}

const hasOnly = (object: JsonObject, names: readonly string[]): boolean =>
  Object.keys(object).every((name) => names.includes(name))

const text = (value: JsonValue | undefined): string | null => (typeof value === 'string' ? value : null)

interface Found {
  topK: number | null
  effort: string | null
  budgetTokens: number | null
  asked: boolean
  parallelToolCalls: boolean | null
}

/** One reader a field; each answers whether the whole value found its place. Forms: see quirks.ts. */
const readers: ReadonlyMap<string, (value: JsonValue, found: Found) => boolean> = new Map<
  string,
  (value: JsonValue, found: Found) => boolean
>([
  [
    'top_k',
    (value, found) => {
      found.topK = numberOf(value)
      return found.topK !== null
    },
  ],
  [
    'inferenceConfig',
    (value, found) => {
      if (!isJsonObject(value) || !hasOnly(value, ['topK'])) return false
      found.topK = numberOf(value['topK'])
      return found.topK !== null
    },
  ],
  [
    'thinking',
    (value, found) => {
      if (!isJsonObject(value) || !hasOnly(value, ['type', 'budget_tokens'])) return false
      if (value['type'] === 'disabled') found.effort ??= 'none'
      else if (value['type'] !== 'enabled' && value['type'] !== 'adaptive') return false
      found.budgetTokens = numberOf(value['budget_tokens'])
      found.asked = true
      return true
    },
  ],
  ['output_config', readEffort('effort')],
  ['reasoning', readEffort('effort')],
  [
    'reasoning_effort',
    (value, found) => {
      found.effort = text(value)
      found.asked = true
      return found.effort !== null
    },
  ],
  [
    'reasoningConfig',
    (value, found) => {
      if (!isJsonObject(value) || !hasOnly(value, ['type', 'maxReasoningEffort'])) return false
      found.effort = value['type'] === 'disabled' ? 'none' : text(value['maxReasoningEffort'])
      found.asked = true
      return true
    },
  ],
  [
    'tool_choice',
    (value, found) => {
      if (!isJsonObject(value) || !hasOnly(value, ['type', 'disable_parallel_tool_use'])) return false
      if (value['type'] !== 'auto' || value['disable_parallel_tool_use'] !== true) return false
      found.parallelToolCalls = false
      return true
    },
  ],
])

function readEffort(name: string): (value: JsonValue, found: Found) => boolean {
  return (value, found) => {
    if (!isJsonObject(value) || !hasOnly(value, [name])) return false
    const effort = text(value[name])
    if (effort === null) return false
    found.effort = effort
    found.asked = true
    return true
  }
}

/** Reads what several models share; anything else stays in `rest`, for the same model to take back. */
export function readModelFields(fields: JsonObject): ModelFields {
  const found: Found = { topK: null, effort: null, budgetTokens: null, asked: false, parallelToolCalls: null }
  const rest = Object.entries(fields).filter(([name, value]) => readers.get(name)?.(value, found) !== true)
  return {
    topK: found.topK,
    reasoning: found.asked ? { effort: found.effort, budgetTokens: found.budgetTokens, summary: null } : null,
    parallelToolCalls: found.parallelToolCalls,
    rest: Object.fromEntries(rest),
  }
}

/** Whether the fields ask the model to reason: what routing needs to know. */
export function asksForReasoning(fields: JsonObject): boolean {
  const { reasoning } = readModelFields(fields)
  return reasoning !== null && reasoning.effort !== 'none'
}
