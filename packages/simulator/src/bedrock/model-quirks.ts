import type { Prompt } from '../answer/prompt.ts'
import { isJsonObject } from '../json.ts'
import type { JsonValue } from '../json.ts'
import type { SimulatedModel } from '../simulated-model.ts'
import { validation } from './failure.ts'

/**
 * Refuses what Converse has members for and the model behind it does not take, in Bedrock's words (llama_index issue 19886,
 * harness-sdk issue 1241, LibreChat issue 6456, continue issue 1660, all read
 * 2026-11-27). What is not known of a model is let pass.
 */
export function checkModelQuirks(prompt: Prompt, { format, generation }: SimulatedModel): void {
  const { kind } = prompt.toolChoice
  const isForced = kind === 'any' || kind === 'tool'
  if (isForced && ['llama', 'cohere'].includes(format)) throw unsupportedChoice(kind)
  if (kind === 'tool' && format === 'mistral' && (generation ?? 0) >= 24) throw unsupportedChoice(kind)
  const takesNoSystem = format === 'titan' || (format === 'mistral' && (generation ?? 1) < 1)
  if (prompt.system.length > 0 && takesNoSystem) {
    throw validation(
      "This model doesn't support system messages. Try again without a system message or use a model that supports system messages.",
    )
  }
  if (format === 'claude' && prompt.stopSequences.some((stop) => stop.trim() === '')) {
    throw validation(
      'The model returned the following errors: stop_sequences: each stop sequence must contain non-whitespace',
    )
  }
}

const isStrict = (tool: JsonValue): boolean =>
  isJsonObject(tool) && isJsonObject(tool['toolSpec']) && tool['toolSpec']['strict'] === true

/**
 * Newer Claudes are checked by Bedrock's own copy of their schema, which does not know the word (lobehub/lobehub issue 19876,
 * 2026-09; litellm 1.110.2 lists which, 2026-11).
 */
export function checkStrictTools(
  toolConfig: JsonValue | undefined,
  { format, generation }: SimulatedModel,
): void {
  const tools = isJsonObject(toolConfig) ? toolConfig['tools'] : undefined
  if (format !== 'claude' || (generation ?? 0) < 4.7 || !Array.isArray(tools)) return
  const at = (tools as readonly JsonValue[]).findIndex(isStrict)
  if (at < 0) return
  throw validation(
    `The model returned the following errors: tools.${at}.custom.strict: Extra inputs are not permitted`,
  )
}

/**
 * Nova's thoughts and those of open weights are text alone (can1357/oh-my-pi pull 9086, recorded answers in BerriAI/litellm
 * pull 40775, 2026-09).
 */
export const signsThoughts = ({ format, generation }: SimulatedModel): boolean =>
  format === 'claude' || (format === 'openai' && (generation ?? 0) >= 5)

const unsupportedChoice = (kind: string): Error =>
  validation(
    `This model doesn't support the toolConfig.toolChoice.${kind} field. Remove toolConfig.toolChoice.${kind} and try again.`,
  )
