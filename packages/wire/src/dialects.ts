import type { DialectName } from '@pointsman/contract'

import { createBedrockConverse } from './bedrock-converse/index.ts'
import type { Crc32, Dialect, Dialects } from './dialect.ts'
import { openaiChat } from './openai-chat/index.ts'

export interface DialectParts {
  readonly crc32: Crc32
}

/** All dialects, for the life of a process: they hold no state. */
export function createDialects({ crc32 }: DialectParts): Dialects {
  const bedrockConverse = createBedrockConverse(crc32)
  const byName = new Map<DialectName, Dialect>(
    [openaiChat, bedrockConverse].map((dialect) => [dialect.name, dialect]),
  )
  return { openaiChat, bedrockConverse, get: (name) => byName.get(name) }
}
