import type { ChatCall, ChatMessage, JsonObject, SystemPart } from '@pointsman/contract'

import { withBetas } from './claude-betas.ts'
import { isClaudeThought } from './claude-thinking.ts'
import { isJsonObject } from './json-fields.ts'
import type { WarningList } from './warning-list.ts'

/*
 * A thought of a newer Claude is refused ("The block is bound to a different conversation") once the system text, the tools
 * or a message before it are others than those that it was thought with; thoughts may be missing from the oldest on, not
 * from the middle (platform.claude.com, preserved thinking, "What counts as an edit", 2026-11).
 */

const isText = (part: SystemPart): boolean => part.kind === 'text' && part.text.trim() !== ''

/**
 * The call without the thoughts before its last system text: that stands in front here, where it was not yet when they
 * were thought. So with tools that were changed since, and with a text that is no longer there.
 */
export function withoutUnboundThoughts(
  call: ChatCall,
  { boundThoughts }: { readonly boundThoughts: boolean },
  warnings: WarningList,
): ChatCall {
  if (!boundThoughts) return call
  const until = Math.max(call.system.findLast(isText)?.at ?? 0, call.frontChangedAt ?? 0)
  const isUnbound = ({ parts }: ChatMessage, index: number): boolean =>
    index < until && parts.some(isClaudeThought)
  if (!call.messages.some(isUnbound)) return call
  warnings.add(
    'messages',
    'reasoning before a system text or a change of tools within the conversation was left out; this model refuses it where these stand in front',
  )
  const messages = call.messages.map((message, index) =>
    isUnbound(message, index)
      ? { ...message, parts: message.parts.filter((part) => !isClaudeThought(part)) }
      : message,
  )
  return { ...call, messages }
}

/** Among the extras: what is to become of thoughts that stand behind something else. */
export const bindingField = 'thinking.block_binding'
/** Without it the member is not known (platform.claude.com, preserved thinking, 2026-11). */
const bindingBeta = 'thinking-binding-controls-2026-08-01'

/** The members of Claude's own body with the caller's wish for bound thoughts; a model that is not asked to think has no place for it. */
export function withBinding(
  members: JsonObject,
  { extras }: Pick<ChatCall, 'extras'>,
  { boundThoughts }: { readonly boundThoughts: boolean },
  warnings: WarningList,
): JsonObject {
  const binding = extras[bindingField]
  const { thinking } = members
  if (binding === undefined) return members
  if (boundThoughts && isJsonObject(thinking)) {
    return { ...members, thinking: { ...thinking, block_binding: binding } }
  }
  warnings.add(bindingField, 'this model is asked for no thoughts that could be bound; it was left out')
  return members
}

export function withBindingBeta(members: JsonObject): JsonObject {
  const { thinking } = members
  const isBound = isJsonObject(thinking) && thinking['block_binding'] !== undefined
  return withBetas(members, isBound ? [bindingBeta] : [])
}
