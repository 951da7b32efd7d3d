import type { Prompt } from '../answer/prompt.ts'
import { isJsonObject } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { readSystemBlock } from './converse-content.ts'
import { checkConversation } from './conversation-rules.ts'
import { readMessages, readStopSequences, readToolConfig } from './converse-request.ts'
import { malformed, optionalArray, optionalNumber, optionalObject } from './fields.ts'

const ROOT_KEYS = ['schemaVersion', 'messages', 'system', 'inferenceConfig', 'toolConfig', 'reasoningConfig']

/** Reads the body that InvokeModel takes for Nova: Converse's messages and tools, with limits of its own spelling. */
export function readNovaRequest(body: JsonObject): Prompt {
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
  const maxTokens = inference['maxTokens'] ?? inference['max_new_tokens']
  const reasoning = body['reasoningConfig']
  return {
    system: (optionalArray(body['system']) ?? []).map((block, index) =>
      readSystemBlock(block, `system.${index}`),
    ),
    messages,
    tools,
    toolChoice,
    mayCallInParallel: true,
    maxTokens: optionalNumber(maxTokens, 'inferenceConfig.maxTokens', { lowest: 1, whole: true }) ?? null,
    stopSequences: readStopSequences(inference['stopSequences']),
    reasoning:
      isJsonObject(reasoning) && reasoning['type'] === 'enabled'
        ? { budgetTokens: NOVA_REASONING_TOKENS }
        : null,
    answerSchema: null,
  }
}

/** Nova is given an effort, not a budget; this is what the simulator lets it think. */
const NOVA_REASONING_TOKENS = 1_024
