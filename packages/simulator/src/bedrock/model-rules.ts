import type { Prompt } from '../answer/prompt.ts'
import { offeredTools } from '../answer/prompt.ts'
import { bindThoughts } from '../claude/bound-thoughts.ts'
import { checkCacheMarks } from '../claude/cache-marks.ts'
import { checkForcedTools, claudeGeneration } from '../claude/generations.ts'
import { checkStrictSchema } from '../claude/strict-schema.ts'
import type { ThinkingWish } from '../claude/thinking.ts'
import { isSealedThought } from '../claude/thought-seal.ts'
import { checkTurns } from '../claude/turns.ts'
import { estimatePromptTokens } from '../answer/token-estimate.ts'
import type { SimulatedModel } from '../simulated-model.ts'
import { inBedrocksName } from './claude-request.ts'
import { BedrockFailure, validation } from './failure.ts'

const modelErrors = 'The model returned the following errors: '

/** Refuses what a model cannot do, in Bedrock's words. What is not known of a model is let pass. */
export function checkModelRules(prompt: Prompt, model: SimulatedModel, streams: boolean): void {
  const { abilities } = model
  if (model.purpose !== 'chat') {
    throw validation(
      "This action doesn't support the model that you provided. Try again with a supported text or chat model.",
    )
  }
  if (streams && abilities.streaming === false) throw validation('The model is unsupported for streaming.')
  if (offeredTools(prompt).length > 0) {
    if (abilities.tools === false) throw validation("This model doesn't support tool use.")
    if (streams && abilities.toolsStreaming === false) {
      throw validation("This model doesn't support tool use in streaming mode.")
    }
  }
  if (abilities.images === false && holds(prompt, 'image')) throw unsupportedBlock('image')
  if (abilities.documents === false && holds(prompt, 'document')) throw unsupportedBlock('document')
  if (prompt.reasoning !== null && abilities.reasoning === false) {
    throw modelError('thinking: Extra inputs are not permitted')
  }
  if (abilities.promptCaching === false && asksForCache(prompt)) {
    throw new BedrockFailure(
      'AccessDeniedException',
      'You invoked an unsupported model or your request did not allow prompt caching. See the documentation for more information.',
    )
  }
  if (model.format === 'claude') checkSeals(prompt)
  checkSizes(prompt, model)
}

/**
 * Refuses what Claude itself refuses of a body that Converse let pass, as it does on Anthropic; answers the prompt with
 * what its thoughts are bound to.
 */
export function checkClaudeRules(
  prompt: Prompt,
  thinking: ThinkingWish | null,
  model: SimulatedModel,
): Prompt {
  return inBedrocksName(() => {
    const takes = claudeGeneration(model)
    checkForcedTools(prompt.toolChoice.kind, takes)
    checkTurns(prompt.messages, thinking, takes)
    checkCacheMarks(prompt)
    if (prompt.answerSchema !== null) checkStrictSchema(prompt.answerSchema, 'output_config.format.schema')
    if (!takes.bindsThoughts) return prompt
    const binding = bindThoughts({ platform: 'bedrock', ...prompt }, thinking?.dropsUnbound === true)
    const { reasoning } = prompt
    return { ...prompt, reasoning: reasoning === null ? null : { ...reasoning, binding } }
  }, modelErrors)
}

/** Claude takes back its own thoughts only, by whichever face it told them. */
function checkSeals(prompt: Prompt): void {
  prompt.messages.forEach((message, index) => {
    const blocks = message.blocks.filter((block) => block.kind !== 'cachePoint')
    blocks.forEach((block, at) => {
      if (block.kind !== 'reasoning' || block.signature === undefined) return
      const where = `messages.${index}.content.${at}`
      if (block.signature === null) throw modelError(`${where}.thinking.signature: Field required`)
      if (!isSealedThought(block.text, block.signature)) {
        throw modelError(`${where}: Invalid \`signature\` in \`thinking\` block`)
      }
    })
  })
}

function modelError(problem: string): Error {
  return validation(`${modelErrors}${problem}`)
}

function checkSizes(prompt: Prompt, model: SimulatedModel): void {
  const most = model.maxOutputTokens
  if (most !== null && prompt.maxTokens !== null && prompt.maxTokens > most) {
    throw validation(
      `The maximum tokens you requested exceeds the model limit of ${most}. Try again with a maximum tokens value that is lower than ${most}.`,
    )
  }
  if (model.contextTokens !== null && estimatePromptTokens(prompt) > model.contextTokens) {
    throw validation('Input is too long for requested model.')
  }
}

function unsupportedBlock(kind: string): Error {
  return validation(
    `This model doesn't support the ${kind} content block that you provided. Update the content block and try again.`,
  )
}

function holds(prompt: Prompt, kind: 'image' | 'document'): boolean {
  return prompt.messages.some((message) => message.blocks.some((block) => block.kind === kind))
}

function asksForCache(prompt: Prompt): boolean {
  return (
    prompt.tools.some((tool) => tool.kind === 'cachePoint') ||
    prompt.system.some((block) => block.kind === 'cachePoint') ||
    prompt.messages.some((message) => message.blocks.some((block) => block.kind === 'cachePoint'))
  )
}
