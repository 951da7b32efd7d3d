import type { DialectName } from '@pointsman/contract'

import { createAnthropicMessages } from './anthropic-messages/index.ts'
import { createBedrockConverse } from './bedrock-converse/index.ts'
import { createCountTokens } from './bedrock-converse/quirk-count-tokens.ts'
import {
  createBedrockInvokeClaude,
  createBedrockInvokeEmbeddings,
  createBedrockInvokeNova,
} from './bedrock-invoke/index.ts'
import type { Crc32, Dialect } from './dialect.ts'
import { gemini } from './gemini/index.ts'
import { nativeChat } from './native-chat/index.ts'
import { createOpenaiChat } from './openai-chat/index.ts'
import { createOpenaiResponses } from './openai-responses/index.ts'

/** Every dialect that exists, by name: what a face or a provider names is looked up here. */
export type Dialects = ReadonlyMap<DialectName, Dialect>

export interface DialectParts {
  readonly crc32: Crc32
}

/** All dialects, for the life of a process: they hold no state. */
export function createDialects({ crc32 }: DialectParts): Dialects {
  const messages = createAnthropicMessages(crc32)
  const converse = createBedrockConverse(crc32)
  const bases = { converse, crc32 }
  const invoke = [createBedrockInvokeClaude(messages, bases), createBedrockInvokeNova(bases)]
  const dialects: readonly Dialect[] = [
    createOpenaiChat(crc32),
    createOpenaiResponses(crc32),
    messages,
    // A count may hold the body of any of Bedrock's other forms, so it is made once they are.
    { ...converse, countTokens: createCountTokens({ converse, invoke }) },
    ...invoke,
    ...createBedrockInvokeEmbeddings(bases),
    gemini,
    nativeChat,
  ]
  return new Map(dialects.map((dialect) => [dialect.name, dialect]))
}
