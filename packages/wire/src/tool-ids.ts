import type { ChatMessage } from '@pointsman/contract'

import type { Crc32 } from './dialect.ts'

const encoder = new TextEncoder()
const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, '0')

/**
 * Ids of tool calls as the target takes them. One that does not fit gets another, the same wherever it stands in
 * this call and in later ones (a cached prompt stays the same), and never that of another call. Answers hold
 * the vendor's own new ids, so nothing has to be turned back.
 */
export class ToolIds {
  readonly #allowed: RegExp
  readonly #crc32: Crc32
  readonly #messages: readonly ChatMessage[]
  readonly #idOf = new Map<string, string>()
  /** Looked for when the first id does not fit: in most calls none stands, or all fit. */
  #taken: Set<string> | null = null

  /**
   * `allowed` is the target's form with its length; it must take `call_` and sixteen hexadecimal digits. `messages`:
   * all of the call, so that a made id never meets one that comes later.
   */
  constructor(messages: readonly ChatMessage[], allowed: RegExp, crc32: Crc32) {
    this.#allowed = allowed
    this.#crc32 = crc32
    this.#messages = messages
  }

  of(id: string): string {
    if (this.#allowed.test(id)) return id
    const known = this.#idOf.get(id)
    if (known !== undefined) return known
    this.#taken ??= new Set([...toolCallIds(this.#messages)].filter((fits) => this.#allowed.test(fits)))
    const bytes = encoder.encode(id)
    let made = ''
    for (let attempt = 0; made === '' || this.#taken.has(made); attempt += 1) {
      made = `call_${hex(this.#crc32(bytes, attempt))}${hex(this.#crc32(bytes, attempt + 0x5bd1e995))}`
    }
    this.#taken.add(made)
    this.#idOf.set(id, made)
    return made
  }
}

/**
 * Claude refuses an id that stands on two calls of a conversation ("`tool_use` ids must be unique"); some servers count
 * anew in every answer (`call_0`). The second one gets an id of its own, and so do the results behind it. Read in the
 * order of the conversation; lives for one translation.
 */
export class UniqueCallIds {
  readonly #toolIds: ToolIds
  readonly #timesSeen = new Map<string, number>()
  readonly #latest = new Map<string, string>()

  constructor(toolIds: ToolIds) {
    this.#toolIds = toolIds
  }

  /** Of the call that stands here. */
  ofCall(id: string): string {
    const times = (this.#timesSeen.get(id) ?? 0) + 1
    this.#timesSeen.set(id, times)
    // The added text is in no id that fits, so a new one is made of it.
    const written = this.#toolIds.of(times === 1 ? id : `${id} (${times})`)
    this.#latest.set(id, written)
    return written
  }

  /** Of the call that a result answers. */
  ofResult(id: string): string {
    return this.#latest.get(id) ?? this.#toolIds.of(id)
  }
}

function* toolCallIds(messages: readonly ChatMessage[]): Generator<string> {
  for (const message of messages) {
    for (const part of message.parts) {
      if (part.kind === 'tool-call') yield part.id
      else if (part.kind === 'tool-result') yield part.callId
    }
  }
}

/**
 * The id under which a face tells a call that its vendor gave none: unique in a conversation, because `answerId` is
 * the request's. `position` counts the answer's tool calls from 0.
 */
export const callIdOf = (id: string, answerId: string, position: number): string =>
  id === '' ? `call_${answerId}_${position}` : id
