import type { Prompt } from '../answer/prompt.ts'
import { checkForcedTools, checkSamplingTaken, claudeGeneration } from '../claude/generations.ts'
import { optionalNumber, optionalRecord } from '../claude/fields.ts'
import { readAnswerSchema } from '../claude/request.ts'
import { readThinking } from '../claude/thinking.ts'
import type { ThinkingWish } from '../claude/thinking.ts'
import { problemAt } from '../claude/problem.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import type { SimulatedModel } from '../simulated-model.ts'
import { betasOf, inBedrocksName, isClaudeMember } from './claude-request.ts'
import {
  malformed,
  optionalNumber as optionalConverseNumber,
  optionalObject,
  optionalString,
} from './fields.ts'
import type { InferenceLimits } from './inference-limits.ts'
import { readNovaReasoning } from './nova-reasoning.ts'

/** What `additionalModelRequestFields` asks of a model, in the words of its family. */
export interface ModelFields {
  /** Of models other than Claude. */
  readonly reasoning: Prompt['reasoning']
  readonly answerSchema: JsonValue | null
  /** Claude's own `tool_choice`. */
  readonly ownToolChoice: JsonObject | null
  /** What is asked of Claude's thoughts. */
  readonly thinking: ThinkingWish | null
}

const NOTHING: ModelFields = {
  reasoning: null,
  answerSchema: null,
  ownToolChoice: null,
  thinking: null,
}

/**
 * Reads the members that are the model's own. Claude's front and Nova's refuse what they do not know; what the others
 * take is not known, so theirs pass.
 */
export function readModelFields(
  value: JsonValue | undefined,
  inference: InferenceLimits,
  model: SimulatedModel,
): ModelFields {
  const fields = optionalObject(value) ?? {}
  switch (model.format) {
    case 'claude':
      return inBedrocksName(
        () => readClaudeFields(fields, inference, model),
        'The model returned the following errors: ',
      )
    case 'nova':
      return readNovaFields(fields, inference, model)
    case 'openai':
      return { ...NOTHING, reasoning: readOpenAiReasoning(fields, model) }
    default:
      return thinksUnasked(model)
        ? { ...NOTHING, reasoning: { budgetTokens: OPEN_REASONING_TOKENS } }
        : NOTHING
  }
}

function readClaudeFields(
  fields: JsonObject,
  inference: InferenceLimits,
  model: SimulatedModel,
): ModelFields {
  const extra = Object.keys(fields).find((name) => !isClaudeMember(name))
  if (extra !== undefined) throw problemAt(extra.slice(0, 100), 'Extra inputs are not permitted')
  const takes = claudeGeneration(model)
  const { temperature, topP } = inference
  checkSamplingTaken({ temperature, topP, topK: optionalNumber(fields['top_k'], 'top_k') }, takes)
  const { maxTokens } = inference
  const thinking = readThinking(fields['thinking'], {
    maxTokens,
    answersTool: false,
    betas: betasOf(fields),
    takes,
  })
  const choice = optionalRecord(fields['tool_choice'], 'tool_choice')
  checkForcedTools(choice?.['type'], takes)
  return { ...NOTHING, answerSchema: readAnswerSchema(fields), ownToolChoice: choice, thinking }
}

function readNovaFields(fields: JsonObject, inference: InferenceLimits, model: SimulatedModel): ModelFields {
  checkKnown(fields, '#', ['inferenceConfig', 'reasoningConfig'])
  const own = optionalObject(fields['inferenceConfig']) ?? {}
  checkKnown(own, '#/inferenceConfig', ['topK'])
  optionalConverseNumber(own['topK'], 'inferenceConfig.topK', { lowest: 0, highest: 128, whole: true })
  return { ...NOTHING, reasoning: readNovaReasoning(fields['reasoningConfig'], inference, model) }
}

function checkKnown(value: JsonObject, where: string, known: readonly string[]): void {
  const extra = Object.keys(value).find((key) => !known.includes(key))
  if (extra !== undefined)
    throw malformed(`${where}: extraneous key [${extra.slice(0, 100)}] is not permitted`)
}

const OPEN_REASONING_TOKENS = 1_024

/**
 * DeepSeek R1 always thinks (camunda/connectors pull 8272, 2026-08), gpt-oss unless it is asked how much (answer recorded in
 * BerriAI/litellm pull 40775, 2026-09).
 */
const thinksUnasked = ({ abilities, format, generation }: SimulatedModel): boolean =>
  abilities.reasoning === true &&
  ((format === 'deepseek' && generation === 1) || (format === 'openai' && (generation ?? 5) < 5))

/** Open weights take the flat member, GPT-5 and later OpenAI's object (stdapi-ai/stdapi.ai issue 283, 2026-09). */
function readOpenAiReasoning(fields: JsonObject, model: SimulatedModel): Prompt['reasoning'] {
  const isNested = (model.generation ?? 0) >= 5
  const effort = optionalString(
    isNested ? optionalObject(fields['reasoning'])?.['effort'] : fields['reasoning_effort'],
  )
  const thinks = effort === undefined ? thinksUnasked(model) : effort !== 'none'
  return thinks ? { budgetTokens: OPEN_REASONING_TOKENS } : null
}
