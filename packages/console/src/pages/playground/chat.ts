import type { ChatEnd, ChatMessage, Served } from '@pointsman/sdk'
import { createHeld, type Held } from '../../live/held.ts'
import { modelClient } from '../../session/session.ts'

/** One question with what came of it so far. */
export interface Turn {
  readonly question: string
  readonly answer: string
  readonly served: Served | null
  readonly end: ChatEnd | null
  readonly firstAfterMs: number | null
  readonly wholeMs: number | null
  readonly error: unknown
  readonly isStopped: boolean
}

export interface ChatState {
  readonly conversationId: string
  readonly turns: readonly Turn[]
  readonly isBusy: boolean
}

/** A conversation, streamed, whether it is shown or not: each question goes to the route or model that it names. */
export interface Chat extends Omit<Held<ChatState>, 'set'> {
  /** Whether anything of an answer came. */
  readonly send: (target: string, question: string) => Promise<boolean>
  readonly stop: () => void
  readonly beginAnew: () => void
}

const begun = (question: string): Turn => ({
  ...{ question, answer: '', served: null, end: null, firstAfterMs: null, wholeMs: null },
  ...{ error: null, isStopped: false },
})

const nothingSaid = (): ChatState => ({
  conversationId: `playground-${crypto.randomUUID()}`,
  turns: [],
  isBusy: false,
})

/** A holder of mutable state: one conversation and the call that is under way in it. */
export function createChat(): Chat {
  const held = createHeld(nothingSaid())
  let asking = new AbortController()
  return {
    now: held.now,
    subscribe: held.subscribe,
    send: (target, question) => {
      asking = new AbortController()
      return ask(held, { target, question, signal: asking.signal })
    },
    stop: () => asking.abort(),
    beginAnew: () => {
      asking.abort()
      held.set(nothingSaid())
    },
  }
}

interface Question {
  readonly target: string
  readonly question: string
  readonly signal: AbortSignal
}

async function ask(held: Held<ChatState>, { question, signal, target }: Question): Promise<boolean> {
  const { conversationId, turns } = held.now()
  const change = (changed: (turn: Turn) => Partial<Turn>, isBusy = true): void => {
    const now = held.now()
    const last = now.turns.at(-1)
    // An answer that was still coming when the conversation began anew belongs to none.
    if (last === undefined || now.conversationId !== conversationId) return
    held.set({ turns: [...now.turns.slice(0, -1), { ...last, ...changed(last) }], isBusy })
  }
  held.set({ turns: [...turns, begun(question)], isBusy: true })
  const startedMs = performance.now()
  let isAnswered = false
  try {
    const client = await modelClient()
    const order = { model: target, conversationId, messages: [...messagesOf(turns), asked(question)] }
    const stream = await client.chatStream(order, { signal })
    change(() => ({ served: stream.served }))
    for await (const piece of stream) {
      isAnswered = true
      const afterMs = performance.now() - startedMs
      change(({ answer, firstAfterMs }) => ({
        answer: answer + piece,
        firstAfterMs: firstAfterMs ?? afterMs,
      }))
    }
    change(() => ({ end: stream.end() }))
    return true
  } catch (error) {
    change(() => (signal.aborted ? { isStopped: true } : { error }))
    return isAnswered
  } finally {
    const wholeMs = performance.now() - startedMs
    change(() => ({ wholeMs }), false)
  }
}

const asked = (content: string): ChatMessage => ({ role: 'user', content })

/** What was said before; a question whose answer failed is not repeated. */
const messagesOf = (turns: readonly Turn[]): readonly ChatMessage[] =>
  turns
    .filter(({ answer }) => answer !== '')
    .flatMap(({ answer, question }): ChatMessage[] => [
      asked(question),
      { role: 'assistant', content: answer },
    ])
