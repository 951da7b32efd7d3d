import { readThinking as readWish, thinkingMember } from '../claude/thinking.ts'
import type { JsonValue } from '../json.ts'
import { inBedrocksName } from './claude-request.ts'

/**
 * Reads Claude's `thinking` from the model's own fields, as Converse carries them. Null when the caller does not ask to
 * see it. Throws for a budget that the vendor refuses.
 */
export function readThinking(
  fields: JsonValue | undefined,
  maxTokens: number | null,
): { readonly budgetTokens: number } | null {
  const read = (): { readonly budgetTokens: number } | null => {
    const wish = readWish(thinkingMember(fields), maxTokens, false)
    return wish === null ? null : { budgetTokens: wish.budgetTokens }
  }
  return inBedrocksName(read, 'The model returned the following errors: ')
}
