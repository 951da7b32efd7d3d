import type { Prompt } from '../answer/prompt.ts'
import type { JsonObject } from '../json.ts'
import type { SimulatedModel } from '../simulated-model.ts'
import { readSystemBlock } from './converse-content.ts'
import { checkConversation } from './conversation-rules.ts'
import { readMessages, readStopSequences, readToolConfig } from './converse-request.ts'
import { malformed, optionalArray, optionalObject } from './fields.ts'
import { readLimits } from './inference-limits.ts'
import { readNovaReasoning } from './nova-reasoning.ts'

const ROOT_KEYS = ['schemaVersion', 'messages', 'system', 'inferenceConfig', 'toolConfig', 'reasoningConfig']

/** Reads the body that InvokeModel takes for Nova: Converse's messages and tools, with limits of its own spelling. */
export function readNovaRequest(body: JsonObject, model: SimulatedModel): Prompt {
  const extraneous = Object.keys(body).find((key) => !ROOT_KEYS.includes(key))
  if (extraneous !== undefined)
    throw malformed(`#: extraneous key [${extraneous.slice(0, 100)}] is not permitted`)
  const version = body['schemaVersion']
  if (version !== undefined && version !== 'messages-v1') {
    throw malformed(`#/schemaVersion: ${JSON.stringify(version).slice(0, 100)} is not a valid enum value`)
  }
  const messages = readMessages(body['messages'])
  const { tools, toolChoice } = readToolConfig(body['toolConfig'])
  checkConversation(messages, tools.length > 0)
  const inference = optionalObject(body['inferenceConfig']) ?? {}
  const maxTokens = inference['maxTokens'] ?? inference['max_new_tokens'] ?? null
  const limits = readLimits({ ...inference, maxTokens })
  return {
    system: (optionalArray(body['system']) ?? []).map((block, index) =>
      readSystemBlock(block, `system.${index}`),
    ),
    messages,
    tools,
    toolChoice,
    mayCallInParallel: true,
    maxTokens: limits.maxTokens,
    stopSequences: readStopSequences(inference['stopSequences']),
    reasoning: readNovaReasoning(body['reasoningConfig'], limits, model),
    answerSchema: null,
  }
}
