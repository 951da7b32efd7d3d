import type { ChatMessage, JsonObject } from '@pointsman/contract'

import type { ClaudeQuirks } from './claude-quirks.ts'
import { unsupported } from './warning-list.ts'
import type { WarningList } from './warning-list.ts'

/** Neighbours of one role as they are written: one turn. No interface, for it goes into the body as it is. */
export type Turn = {
  readonly role: ChatMessage['role']
  readonly content: readonly JsonObject[]
}

/** What the order of a turn depends on. A `mark` belongs to the block before it. */
export type BlockKind = 'result' | 'call' | 'text' | 'mark' | 'other'

/** Appends a message's blocks to its turn; false where there are none to append. */
type Append = (message: ChatMessage, content: JsonObject[]) => boolean

function withMarks(content: readonly JsonObject[], kindOf: (block: JsonObject) => BlockKind): JsonObject[][] {
  const groups: JsonObject[][] = []
  for (const block of content) {
    const last = groups.at(-1)
    if (last !== undefined && kindOf(block) === 'mark') last.push(block)
    else groups.push([block])
  }
  return groups
}

/**
 * Claude wants the results of its calls before anything else that follows them, and nothing but calls behind the first
 * one: else "`tool_use` ids were found without `tool_result` blocks immediately after" (BerriAI/litellm issue 24361,
 * 2026-03). Faces that tell texts and calls as items of their own have them in any order.
 */
function inOrder({ role, content }: Turn, kindOf: (block: JsonObject) => BlockKind): readonly JsonObject[] {
  // As most turns are: nothing can stand in the wrong place.
  if (content.length < 2) return content
  const groups = withMarks(content, kindOf)
  const is = (kind: BlockKind) => (group: readonly JsonObject[]) =>
    group[0] !== undefined && kindOf(group[0]) === kind
  const from = role === 'user' ? 0 : groups.findIndex(is('call'))
  if (from < 0) return content
  const first = is(role === 'user' ? 'result' : 'text')
  const rest = groups.slice(from)
  return [...groups.slice(0, from), ...rest.filter(first), ...rest.filter((group) => !first(group))].flat()
}

/**
 * The turns of a conversation. Neighbours of one role become one turn: Bedrock wants the roles to alternate, Anthropic
 * joins them itself. A message without blocks leaves its neighbours to each other.
 */
export function gatherTurns(
  messages: readonly ChatMessage[],
  append: Append,
  kindOf: (block: JsonObject) => BlockKind,
): readonly Turn[] {
  const turns: { readonly role: ChatMessage['role']; readonly content: JsonObject[] }[] = []
  for (const message of messages) {
    const last = turns.at(-1)
    // Into one list a turn: a copy a message would be the square of what one caller sends.
    if (last?.role === message.role) append(message, last.content)
    else {
      const content: JsonObject[] = []
      if (append(message, content)) turns.push({ role: message.role, content })
    }
  }
  return turns.map((turn) => ({ role: turn.role, content: inOrder(turn, kindOf) }))
}

/** Ours: what stands for the turn of a user who said nothing yet. */
export const silence = '.'

/**
 * How a conversation may begin. One that begins with the assistant's greeting gets a turn of the user before it: OpenAI's
 * models take such a conversation, Claude and Nova refuse it (deepgram/deepgram-python-sdk issue 760, 2026-08), Gemini does
 * where it begins with a call (google-gemini/gemini-cli issue 11814, 2025-10), and a switch between them would break its app.
 * Throws `unsupported_parameter` where there is no turn at all.
 */
export function beginTurns<Begun extends { readonly role: string }>(
  turns: readonly Begun[],
  silent: Begun,
  warnings: WarningList,
): readonly Begun[] {
  const [first] = turns
  if (first === undefined) {
    throw unsupported('messages', 'this model needs at least one message of the user with content.')
  }
  if (first.role === 'user') return turns
  warnings.add(
    'messages',
    `this model wants the user to speak first; a message of the user, "${silence}", was put before the assistant's`,
  )
  return [silent, ...turns]
}

/** An answer that the caller began must not end in white space: Claude refuses that. */
function trimPrefill(
  turns: readonly Turn[],
  kindOf: (block: JsonObject) => BlockKind,
  warnings: WarningList,
): readonly Turn[] {
  const last = turns.at(-1)
  if (last?.role !== 'assistant') return turns
  const at = last.content.findLastIndex((block) => kindOf(block) !== 'mark')
  const end = last.content[at]
  if (end === undefined || kindOf(end) !== 'text' || typeof end['text'] !== 'string') return turns
  const text = end['text'].trimEnd()
  if (text === end['text']) return turns
  warnings.add(
    'messages',
    'white space at the end of the answer that was begun was left out; models refuse it',
  )
  const trimmed = { ...end, text }
  return [...turns.slice(0, -1), { role: last.role, content: last.content.with(at, trimmed) }]
}

/** Ours: what the user says to a model that goes on with nothing that was begun for it. */
const goOn = 'Continue your last message from where it ended, without repeating it.'

/** How a conversation for Claude may end. Where a model takes no answer that the caller began, the user asks for the rest. */
export function endTurns(
  turns: readonly Turn[],
  kindOf: (block: JsonObject) => BlockKind,
  { prefill }: Pick<ClaudeQuirks, 'prefill'>,
  warnings: WarningList,
): readonly Turn[] {
  if (prefill) return trimPrefill(turns, kindOf, warnings)
  const last = turns.at(-1)
  const end = last?.content.findLast((block) => kindOf(block) !== 'mark')
  // A call lacks its result, and with a vendor's own block a turn was paused: words of ours are wrong behind both.
  if (last?.role !== 'assistant' || end === undefined || kindOf(end) !== 'text') return turns
  warnings.add(
    'messages',
    'this model goes on with no answer that was begun for it; a turn of the user that asks for the rest was added',
  )
  const asking = end['type'] === undefined ? { text: goOn } : { type: 'text', text: goOn }
  return [...turns, { role: 'user', content: [asking] }]
}
