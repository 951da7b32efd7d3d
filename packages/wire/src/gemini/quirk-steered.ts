import type { JsonObject } from '@pointsman/contract'

import type { ScannedRequest, WriteTarget } from '../dialect.ts'
import { numberOf } from '../exact-json.ts'
import { isGiven, isJsonObject } from '../json-fields.ts'
import { listIn, member, objectIn } from './quirk-spelling.ts'
import { quirksOf } from './quirks.ts'
import type { ModelQuirks } from './quirks.ts'

/** Google reads numbers from texts too; null for what is none, which it refuses of every model. */
export function figureIn(from: JsonObject, name: string): number | null {
  const value = member(from, name)
  return typeof value === 'string' ? Number(value) : numberOf(value)
}

function takesBudget(thinking: JsonObject, quirks: ModelQuirks): boolean {
  const budget = figureIn(thinking, 'thinkingBudget')
  if (budget === null) return true
  if (budget === 0 && quirks.canStop) return true
  if (!quirks.budgets) return false
  return budget === -1 || (budget >= quirks.smallestBudget && budget <= quirks.largestBudget)
}

/** Models before the third generation refuse even the level that says nothing (QwenLM/qwen-code pull 9094, 2026-08). */
function takesLevel(thinking: JsonObject, { thinking: asked, levels }: ModelQuirks): boolean {
  const level = member(thinking, 'thinkingLevel')
  if (typeof level !== 'string') return true
  const word = level.toLowerCase()
  return asked === 'level' && (word === 'thinking_level_unspecified' || levels.includes(word))
}

function takesThinking(config: JsonObject, { model }: WriteTarget): boolean {
  const thinking = objectIn(config, 'thinkingConfig')
  const quirks = quirksOf(model)
  if (model.abilities.reasoning === false && member(thinking, 'includeThoughts') === true) return false
  return takesBudget(thinking, quirks) && takesLevel(thinking, quirks)
}

function takesGeneration(config: JsonObject, { penalties, severalAnswers }: ModelQuirks): boolean {
  const hasPenalty = ['presencePenalty', 'frequencyPenalty'].some((name) => figureIn(config, name) ?? 0)
  return (penalties || !hasPenalty) && (severalAnswers || (figureIn(config, 'candidateCount') ?? 1) <= 1)
}

const functionsIn = (request: JsonObject): readonly JsonObject[] =>
  listIn(request, 'tools')
    .filter(isJsonObject)
    .flatMap((tool) => listIn(tool, 'functionDeclarations').filter(isJsonObject))

/** "Function calling with a response mime type: 'application/json' is unsupported" (googleapis/python-genai issue 867, 2025-05). */
function asksJsonBesideTools(request: JsonObject, config: JsonObject): boolean {
  const format = member(config, 'responseMimeType')
  if (!isGiven(format) || format === '' || format === 'text/plain') return false
  return functionsIn(request).length > 0
}

/**
 * "parameters.properties: should be non-empty for OBJECT type" (agno-agi/agno issue 2112, 2025-02): a tool that takes
 * nothing, as frameworks declare it. The JSON schema that the writers send instead may be empty.
 */
function takesNothing(declaration: JsonObject): boolean {
  const parameters = objectIn(declaration, 'parameters')
  const type = member(parameters, 'type')
  if (typeof type !== 'string' || type.toLowerCase() !== 'object') return false
  return Object.keys(objectIn(parameters, 'properties')).length === 0
}

/** Semantic Kernel (1.x for Python), Spring AI and others write it (2026-11). */
const hasFunctionRole = (request: JsonObject): boolean =>
  listIn(request, 'contents').some((content) => isJsonObject(content) && content['role'] === 'function')

/** Whether a Gemini takes what was written for another one, as the writers would leave it. */
export function takesSteered({ json }: ScannedRequest, target: WriteTarget): boolean {
  const config = objectIn(json, 'generationConfig')
  const quirks = quirksOf(target.model)
  return (
    takesThinking(config, target) &&
    takesGeneration(config, quirks) &&
    !functionsIn(json).some(takesNothing) &&
    (quirks.functionRole || !hasFunctionRole(json)) &&
    (quirks.jsonBesideTools || !asksJsonBesideTools(json, config))
  )
}
