import type { JsonObject, JsonValue, Model } from '@pointsman/contract'

import { takesChoice } from './claude-forced-tools.ts'
import { claudeQuirksOf } from './claude-quirks.ts'
import { isGiven, isJsonArray, isJsonObject } from './json-fields.ts'
import { isAboveLimit } from './sampling-warnings.ts'
import { unsupported } from './warning-list.ts'

const distribution = ['temperature', 'top_p', 'top_k']

/** Thinking is asked for in the way of this generation, or not at all. */
function takesThinking({ thinking, output_config: output }: JsonObject, model: Model): boolean {
  const type = isJsonObject(thinking) ? thinking['type'] : undefined
  const effort = isJsonObject(output) ? output['effort'] : undefined
  if (type === 'disabled' && !claudeQuirksOf(model).thinkingOff) return false
  if (type === 'between_tools' && !claudeQuirksOf(model).betweenTools) return false
  if (type !== 'enabled' && type !== 'adaptive' && !isGiven(effort)) return true
  if (model.abilities.reasoning === false) return false
  const { reasoning, thinkingBudget, xhighEffort } = claudeQuirksOf(model)
  if (effort === 'xhigh' && !xhighEffort) return false
  return type === 'enabled' ? thinkingBudget : reasoning === 'thinking-adaptive'
}

function takesDistribution(members: JsonObject, model: Model): boolean {
  const given = distribution.filter((name) => isGiven(members[name]))
  if (given.length === 0) return true
  const { eitherTemperatureOrTopP, sampling } = claudeQuirksOf(model)
  return sampling && !(eitherTemperatureOrTopP && given.includes('temperature') && given.includes('top_p'))
}

const isBlank = (stop: JsonValue): boolean => typeof stop === 'string' && stop.trim() === ''

/**
 * "stop_sequences: each stop sequence must contain non-whitespace", on whichever API (continuedev/continue issue 1660,
 * 2024-07). Throws `unsupported_parameter`: without it the answer would go on.
 */
export function judgeStops(stopSequences: readonly string[]): void {
  if (!stopSequences.some(isBlank)) return
  throw unsupported('stop', 'this model takes no stop sequence of white space alone; choose another.')
}

/** A last turn that ends in a text is an answer that the caller began; in a vendor's own block, one that was paused. */
function takesEnd({ messages }: JsonObject, model: Model): boolean {
  const last = isJsonArray(messages) ? messages.at(-1) : undefined
  if (!isJsonObject(last) || last['role'] !== 'assistant' || claudeQuirksOf(model).prefill) return true
  const { content } = last
  const blocks = isJsonArray(content) ? content.filter(isJsonObject) : []
  const end = blocks.findLast(({ cachePoint }) => cachePoint === undefined)
  return typeof content !== 'string' && typeof end?.['text'] !== 'string'
}

const blocksOf = (message: JsonValue | undefined): readonly JsonObject[] =>
  isJsonObject(message) && isJsonArray(message['content']) ? message['content'].filter(isJsonObject) : []

/** In Claude's own word or in Converse's. */
const isResult = ({ type, toolResult }: JsonObject): boolean =>
  type === 'tool_result' || isJsonObject(toolResult)
const isThought = ({ type, reasoningContent }: JsonObject): boolean =>
  type === 'thinking' || type === 'redacted_thinking' || isJsonObject(reasoningContent)

/**
 * Asked to think with a budget, it wants a turn whose calls are being answered to begin with its thought. Where another
 * model made the call, or the client sends no thoughts back, there is none. Later calls of one turn need none.
 */
export function takesAnsweredCalls({ messages, thinking }: JsonObject): boolean {
  if (!isJsonObject(thinking) || thinking['type'] !== 'enabled' || !isJsonArray(messages)) return true
  let hasResults = false
  let lacksThought = false
  let isNeighbour = false
  for (let at = messages.length - 1; at >= 0; at -= 1) {
    const message = messages[at]
    const blocks = blocksOf(message)
    if (!isJsonObject(message) || message['role'] !== 'assistant') {
      hasResults ||= blocks.some(isResult)
      isNeighbour = false
      continue
    }
    if (!isNeighbour && !hasResults) break
    if (blocks.some(isThought)) return true
    lacksThought = true
    hasResults = false
    isNeighbour = true
  }
  return !lacksThought
}

/** Whether a Claude takes members of its own native body that were written for another one. */
export const claudeTakes = (members: JsonObject, model: Model): boolean =>
  !isAboveLimit(members['max_tokens'], model) &&
  takesDistribution(members, model) &&
  takesThinking(members, model) &&
  takesChoice(members['tool_choice'], claudeQuirksOf(model)) &&
  takesEnd(members, model) &&
  takesAnsweredCalls(members) &&
  !(isJsonArray(members['stop_sequences']) && members['stop_sequences'].some(isBlank))
