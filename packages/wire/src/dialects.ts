import type { DialectName } from '@pointsman/contract'

import { createAnthropicMessages } from './anthropic-messages/index.ts'
import { createBedrockConverse } from './bedrock-converse/index.ts'
import { createBedrockInvokeNova } from './bedrock-invoke/index.ts'
import type { Crc32, Dialect } from './dialect.ts'
import { gemini } from './gemini/index.ts'
import { createOpenaiChat } from './openai-chat/index.ts'
import { createOpenaiResponses } from './openai-responses/index.ts'

/** Every dialect that exists, by name: what a face or a provider names is looked up here. */
export type Dialects = ReadonlyMap<DialectName, Dialect>

export interface DialectParts {
  readonly crc32: Crc32
}

/** All dialects, for the life of a process: they hold no state. */
export function createDialects({ crc32 }: DialectParts): Dialects {
  const converse = createBedrockConverse(crc32)
  const dialects: readonly Dialect[] = [
    createOpenaiChat(crc32),
    createOpenaiResponses(crc32),
    createAnthropicMessages(crc32),
    converse,
    createBedrockInvokeNova({ converse, crc32 }),
    gemini,
  ]
  return new Map(dialects.map((dialect) => [dialect.name, dialect]))
}
