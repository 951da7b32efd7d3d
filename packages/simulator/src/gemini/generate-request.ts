import type { Prompt, PromptBlock, PromptMessage } from '../answer/prompt.ts'
import type { JsonObject } from '../json.ts'
import type { SimulatedModel } from '../simulated-model.ts'
import { mergedModelTurns, readSystem, readTurns } from './content.ts'
import { checkCallSignatures, checkConversation } from './conversation-rules.ts'
import { GeminiFailure, invalid, invalidFields } from './failure.ts'
import type { FieldProblem } from './failure.ts'
import { messageAt, messagesAt, optionalMessage, optionalText, textAt } from './fields.ts'
import { isStrict, takesFunctionRole } from './generations.ts'
import { readGeneration } from './generation.ts'
import type { Generation } from './generation.ts'
import { readTools } from './tools.ts'

/** A GenerateContentRequest, read and found valid for its model. */
export interface GenerateRequest {
  /** All that was sent: what is counted. */
  readonly prompt: Prompt
  /** The same with only those functions that may be called: what is answered. */
  readonly answered: Prompt
  readonly generation: Generation
  readonly serviceTier: string | null
}

function refuseFunctionRole(contents: readonly JsonObject[]): void {
  if (!contents.some((content) => textAt(content, 'role') === 'function')) return
  throw invalid(
    "Role 'function' is not supported. Please use a valid role: SYSTEM, SYSTEM_1, USER, ASSISTANT, DEVELOPER, CONTEXT, USER_CONTEXT, MODEL, USER.",
  )
}

/** Reads the message; throws what the API answers to one that it refuses. */
export function readGenerateRequest(request: JsonObject, model: SimulatedModel): GenerateRequest {
  const problems: FieldProblem[] = []
  const contents = messagesAt(request, 'contents')
  if (contents.length === 0) problems.push({ where: 'contents', problem: 'contents is not specified' })
  if (!takesFunctionRole(model)) refuseFunctionRole(contents)
  const turns = mergedModelTurns(readTurns(contents, problems))
  const tools = readTools(request, problems)
  const generation = readGeneration(request, model, problems)
  checkSafetySettings(request, problems)
  if (problems.length > 0) throw invalidFields('GenerateContentRequest', problems)
  checkConversation(turns, !isStrict(model))
  if ((model.generation ?? 0) >= 3) checkCallSignatures(turns)
  checkCachedContent(request)
  if (textAt(request, 'continuationToken') !== '') throw invalid('Invalid continuation token.')
  checkJsonWithTools(request, model, tools.tools.length > 0)
  const { budgetTokens } = generation.thinking
  const prompt: Prompt = {
    system: readSystem(optionalMessage(request, 'systemInstruction')),
    messages: mergedTurns(turns.map((turn) => turn.message)),
    tools: tools.tools,
    toolChoice: tools.choice,
    mayCallInParallel: true,
    maxTokens: generation.maxTokens,
    stopSequences: generation.stopSequences,
    reasoning: budgetTokens === null ? null : { budgetTokens },
    answerSchema: generation.answerSchema,
  }
  const { allowed } = tools
  const callable = allowed === null ? tools.tools : tools.tools.filter((tool) => allowed.includes(tool.name))
  const serviceTier = optionalText(request, 'serviceTier')
  return {
    prompt,
    answered: { ...prompt, tools: callable },
    generation,
    serviceTier: serviceTier === 'unspecified' ? null : (serviceTier ?? null),
  }
}

/** Turns of one role in a row are one: what the model last heard is all of them. */
function mergedTurns(messages: readonly PromptMessage[]): readonly PromptMessage[] {
  const merged: { readonly role: PromptMessage['role']; readonly blocks: PromptBlock[] }[] = []
  for (const { role, blocks } of messages) {
    const last = merged.at(-1)
    if (last?.role === role) for (const block of blocks) last.blocks.push(block)
    else merged.push({ role, blocks: [...blocks] })
  }
  return merged
}

/** Caches are made through another endpoint, which the simulator does not have: none can exist. */
function checkCachedContent(request: JsonObject): void {
  if (textAt(request, 'cachedContent') === '') return
  throw new GeminiFailure('PERMISSION_DENIED', 'CachedContent not found (or permission denied)')
}

/** Models before the third generation do not take both. */
function checkJsonWithTools(request: JsonObject, model: SimulatedModel, hasTools: boolean): void {
  const mimeType = optionalText(messageAt(request, 'generationConfig'), 'responseMimeType') ?? 'text/plain'
  if (!hasTools || mimeType === 'text/plain' || (model.generation ?? 3) >= 3) return
  throw invalid(`Function calling with a response mime type: '${mimeType}' is unsupported`)
}

function checkSafetySettings(request: JsonObject, problems: FieldProblem[]): void {
  const settings = messagesAt(request, 'safetySettings')
  const categories = settings.map(
    (setting) => optionalText(setting, 'category') ?? 'HARM_CATEGORY_UNSPECIFIED',
  )
  categories.forEach((category, index) => {
    const where = `safety_settings[${index}]`
    if (!ADJUSTABLE.test(category)) {
      problems.push({ where, problem: `element predicate failed: ${category} is not adjustable` })
    } else if (categories.indexOf(category) !== index) {
      problems.push({ where, problem: `duplicate category ${category}` })
    }
  })
}

const ADJUSTABLE =
  /^HARM_CATEGORY_(?:HARASSMENT|HATE_SPEECH|SEXUALLY_EXPLICIT|DANGEROUS_CONTENT|CIVIC_INTEGRITY)$/
