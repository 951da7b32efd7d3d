import type { JsonObject, JsonValue } from '@pointsman/contract'

import { isGiven, isJsonArray, isJsonObject } from './json-fields.ts'

/** Whether an object holds no member but these. */
export const hasOnly = (block: JsonObject, known: ReadonlySet<string>): boolean =>
  Object.entries(block).every(([name, value]) => known.has(name) || !isGiven(value))

const ofText: ReadonlySet<string> = new Set(['type', 'text'])

/** The texts of blocks that are nothing else, in Anthropic's form or in Converse's; null where one is. */
export function textsOf(blocks: JsonValue | undefined): readonly string[] | null {
  if (!isJsonArray(blocks)) return null
  const texts: string[] = []
  for (const block of blocks) {
    if (!isJsonObject(block) || !hasOnly(block, ofText) || typeof block['text'] !== 'string') return null
    texts.push(block['text'])
  }
  return texts
}
