import type { JsonObject, JsonValue, Model } from '@pointsman/contract'

import type { ScannedRequest, WriteTarget } from '../dialect.ts'
import { claudeTakes, takesAnsweredCalls } from '../claude-takes.ts'
import { isGiven, isJsonArray, isJsonObject } from '../json-fields.ts'
import { isAboveLimit } from '../sampling-warnings.ts'
import type { WarningList } from '../warning-list.ts'
import { isGptSeal } from './quirk-signers.ts'
import { quirksOf } from './quirks.ts'
import type { ReasoningForm } from './quirks.ts'

/*
 * Converse is one dialect for models of many makers, yet what one of them said or was asked for another refuses. A
 * conversation that moved between them is written anew; see `reasoningBack` in quirks.ts.
 */

/**
 * Members of `additionalModelRequestFields` that have a place in the neutral form, by the format of the models that take
 * them. Models of other formats take some of them too: theirs pass.
 */
const ownersOfFields: ReadonlyMap<string, string> = new Map([
  ['thinking', 'claude'],
  ['output_config', 'claude'],
  ['tool_choice', 'claude'],
  ['reasoningConfig', 'nova'],
  ['inferenceConfig', 'nova'],
  ['reasoning', 'openai'],
  ['reasoning_effort', 'openai'],
])
const owners: ReadonlySet<string> = new Set(ownersOfFields.values())

/** Of one format, too, not every generation is asked for reasoning in the same word, or at all. */
const wordsForReasoning: ReadonlyMap<string, ReasoningForm> = new Map<string, ReasoningForm>([
  ['reasoningConfig', 'reasoningConfig'],
  ['reasoning', 'reasoning.effort'],
  ['reasoning_effort', 'reasoning_effort'],
])

/** Open models take `top_k` too; Nova has it under another name. */
function takesField(name: string, model: Model): boolean {
  const { format } = model
  if (name === 'top_k') return format !== 'nova'
  if (name === 'anthropic_beta') return format === 'claude'
  if (!owners.has(format)) return true
  const word = wordsForReasoning.get(name)
  return word === undefined
    ? (ownersOfFields.get(name) ?? format) === format
    : quirksOf(model).reasoning === word
}

/** Of the fields that have no place in the neutral form, those that the model may take. */
export function fittingFields(fields: JsonObject, model: Model, warnings: WarningList): JsonObject {
  const fitting = Object.entries(fields).filter(([name]) => {
    if (takesField(name, model)) return true
    warnings.add(`additionalModelRequestFields.${name}`, 'this model has no such field; it was left out')
    return false
  })
  return Object.fromEntries(fitting)
}

function takesReasoning(content: JsonObject, model: Model): boolean {
  const { reasoningText, redactedContent } = content
  const signature = isJsonObject(reasoningText) ? reasoningText['signature'] : undefined
  const isSigned = reasoningText === undefined || (typeof signature === 'string' && signature !== '')
  switch (quirksOf(model).reasoningBack) {
    case 'signed':
      return isSigned && !(typeof redactedContent === 'string' && isGptSeal(redactedContent))
    case 'unsigned':
      return !isSigned
    case 'none':
      return false
    case 'own':
      return reasoningText === undefined
  }
}

const membersOf = (value: JsonValue | undefined): readonly JsonValue[] => (isJsonArray(value) ? value : [])

/** Whether the model takes the body as it is. Counts of tokens hold theirs deeper, and a count refuses little. */
export function takesBytes({ json }: ScannedRequest, { model }: WriteTarget): boolean {
  const given = json['additionalModelRequestFields']
  const fields = isJsonObject(given) ? given : {}
  if (!Object.keys(fields).every((name) => takesField(name, model))) return false
  // As Anthropic's own body: a conversation that another model began goes on without its thoughts.
  const { messages = null } = json
  const { thinking = null } = fields
  if (model.format === 'claude' && !takesAnsweredCalls({ messages, thinking })) return false
  return membersOf(json['messages']).every((message) =>
    membersOf(isJsonObject(message) ? message['content'] : undefined).every(
      (block) =>
        !isJsonObject(block) ||
        !isJsonObject(block['reasoningContent']) ||
        takesReasoning(block['reasoningContent'], model),
    ),
  )
}

const isCachePoint = (value: JsonValue): value is JsonObject =>
  isJsonObject(value) && isJsonObject(value['cachePoint'])
const livesAnHour = ({ cachePoint }: JsonObject): boolean =>
  isJsonObject(cachePoint) && cachePoint['ttl'] === '1h'

/** Converse refuses cache points that a model does not take, wherever they stand. */
function takesCachePoints({ messages, system, toolConfig }: JsonObject, model: Model): boolean {
  const ofTools = membersOf(isJsonObject(toolConfig) ? toolConfig['tools'] : undefined).filter(isCachePoint)
  const points = [...ofTools, ...membersOf(system).filter(isCachePoint)]
  for (const message of membersOf(messages)) {
    if (isJsonObject(message)) points.push(...membersOf(message['content']).filter(isCachePoint))
  }
  if (points.length === 0) return true
  const { hourCachePoints, toolCachePoints } = quirksOf(model)
  return (
    model.abilities.promptCaching === true &&
    (toolCachePoints || ofTools.length === 0) &&
    (hourCachePoints || !points.some(livesAnHour))
  )
}

function takesChoice(choice: JsonValue | undefined, model: Model): boolean {
  const { forcedTools } = quirksOf(model)
  if (!isJsonObject(choice) || forcedTools === 'tool') return true
  return !isGiven(choice['tool']) && (forcedTools === 'any' || !isGiven(choice['any']))
}

const isStrict = (tool: JsonValue): boolean =>
  isJsonObject(tool) && isJsonObject(tool['toolSpec']) && tool['toolSpec']['strict'] === true

function takesToolConfig(config: JsonValue | undefined, model: Model): boolean {
  if (!isJsonObject(config)) return true
  if (!quirksOf(model).strictTools && membersOf(config['tools']).some(isStrict)) return false
  return takesChoice(config['toolChoice'], model)
}

/** Whether the model takes what was written for another one, beside what `takesBytes` judges of every request. */
export function takesSteered({ json }: ScannedRequest, { model }: WriteTarget): boolean {
  const { additionalModelRequestFields: fields, inferenceConfig, system, toolConfig } = json
  const config = isJsonObject(inferenceConfig) ? inferenceConfig : {}
  const { maxTokens = null, temperature = null, topP = null, stopSequences = null } = config
  if (isAboveLimit(maxTokens, model) || !takesCachePoints(json, model)) return false
  if (membersOf(system).length > 0 && !quirksOf(model).system) return false
  if (!takesToolConfig(toolConfig, model)) return false
  if (model.format !== 'claude') return true
  const own = isJsonObject(fields) ? fields : {}
  const { messages = null } = json
  return claudeTakes({ ...own, messages, temperature, top_p: topP, stop_sequences: stopSequences }, model)
}
