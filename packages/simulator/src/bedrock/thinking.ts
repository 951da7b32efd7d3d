import { readThinking as readWish, thinkingMember } from '../claude/thinking.ts'
import type { ThinkingWish } from '../claude/thinking.ts'
import type { JsonValue } from '../json.ts'
import { inBedrocksName } from './claude-request.ts'

/**
 * Reads Claude's `thinking` from the model's own fields, as Converse carries them. Null when the caller does not ask to
 * see it. Throws for a budget that the vendor refuses.
 */
export const readThinking = (fields: JsonValue | undefined, maxTokens: number | null): ThinkingWish | null =>
  inBedrocksName(
    () => readWish(thinkingMember(fields), maxTokens, false),
    'The model returned the following errors: ',
  )
