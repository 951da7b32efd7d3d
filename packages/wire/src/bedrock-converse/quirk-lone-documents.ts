import type { JsonObject } from '@pointsman/contract'

import type { Turn } from '../turns.ts'
import type { WarningList } from '../warning-list.ts'

/*
 * "A text block must be included when using documents" (BerriAI/litellm pull 36499, 2026-08; maximhq/bifrost pull 5817,
 * 2026-08). Looked at once neighbours are one turn: the text may have been a message of its own.
 */
const placeholder = '.'

const isDocument = (block: JsonObject): boolean => block['document'] !== undefined

export function withText(turn: Turn, warnings: WarningList): Turn {
  const at = turn.content.findIndex(isDocument)
  if (at < 0 || turn.content.some((block) => block['text'] !== undefined)) return turn
  warnings.add('messages', `this API wants a text beside a document; "${placeholder}" was added`)
  return { ...turn, content: turn.content.toSpliced(at, 0, { text: placeholder }) }
}
