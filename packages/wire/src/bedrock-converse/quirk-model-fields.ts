import type { JsonObject, JsonValue, Reasoning, ResponseFormat, ToolChoice } from '@pointsman/contract'

import { numberOf } from '../exact-json.ts'
import { isJsonObject } from '../json-fields.ts'

/** What of `additionalModelRequestFields` has a place in the neutral form. */
export interface ModelFields {
  readonly topK: number | null
  readonly reasoning: Reasoning | null
  /** Claude's own choice of tools, beside Converse's. */
  readonly toolChoice: ToolChoice | null
  /** False: at most one tool call a turn. */
  readonly parallelToolCalls: boolean | null
  /** Claude's own place for a schema, beside Converse's. */
  readonly responseFormat: ResponseFormat | null
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
  summary: string | null
  asked: boolean
  toolChoice: ToolChoice | null
  parallelToolCalls: boolean | null
  responseFormat: ResponseFormat | null
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
      if (!isJsonObject(value) || !hasOnly(value, ['type', 'budget_tokens', 'display'])) return false
      if (value['type'] === 'disabled') found.effort ??= 'none'
      else if (value['type'] !== 'enabled' && value['type'] !== 'adaptive') return false
      found.budgetTokens = numberOf(value['budget_tokens'])
      // Whether thoughts are shown with their text (platform.claude.com, adaptive thinking, 2026-11).
      found.summary = value['display'] === 'summarized' ? 'auto' : null
      found.asked = true
      return true
    },
  ],
  ['output_config', readOutputConfig],
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
  ['tool_choice', readChoice],
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

function readChoice(value: JsonValue, found: Found): boolean {
  if (!isJsonObject(value) || !hasOnly(value, ['type', 'name', 'disable_parallel_tool_use'])) return false
  const { type, name, disable_parallel_tool_use: single = null } = value
  if (single !== null && typeof single !== 'boolean') return false
  if (type === 'auto' || type === 'any' || type === 'none') found.toolChoice = { kind: type }
  else if (type === 'tool' && typeof name === 'string') found.toolChoice = { kind: type, name }
  else return false
  if (single !== null) found.parallelToolCalls = !single
  return true
}

function readOutputConfig(value: JsonValue, found: Found): boolean {
  if (!isJsonObject(value) || !hasOnly(value, ['effort', 'format'])) return false
  const { effort = null, format = null } = value
  const schema = isJsonObject(format) && format['type'] === 'json_schema' ? format['schema'] : null
  if ((effort !== null && text(effort) === null) || (format !== null && !isJsonObject(schema))) return false
  if (effort !== null) {
    found.effort = text(effort)
    found.asked = true
  }
  if (isJsonObject(schema)) {
    found.responseFormat = { kind: 'json-schema', name: 'answer', description: null, schema, strict: true }
  }
  return true
}

/** Reads what several models share; anything else stays in `rest`, for the same model to take back. */
export function readModelFields(fields: JsonObject): ModelFields {
  const found: Found = {
    topK: null,
    effort: null,
    budgetTokens: null,
    summary: null,
    asked: false,
    toolChoice: null,
    parallelToolCalls: null,
    responseFormat: null,
  }
  const rest = Object.entries(fields).filter(([name, value]) => readers.get(name)?.(value, found) !== true)
  return {
    topK: found.topK,
    reasoning: found.asked
      ? { effort: found.effort, budgetTokens: found.budgetTokens, summary: found.summary }
      : null,
    toolChoice: found.toolChoice,
    parallelToolCalls: found.parallelToolCalls,
    responseFormat: found.responseFormat,
    rest: Object.fromEntries(rest),
  }
}

/** What the fields need of a model: what routing needs to know. */
export function needsOfFields(fields: JsonObject): {
  readonly reasoning: boolean
  readonly jsonSchema: boolean
} {
  const { reasoning, responseFormat } = readModelFields(fields)
  return { reasoning: reasoning !== null && reasoning.effort !== 'none', jsonSchema: responseFormat !== null }
}
