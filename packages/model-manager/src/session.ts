import type { Message } from './invocation/messages.ts'

/**
 * What was said in one session. A holder of mutable state, owned by whoever keeps the session. Bound: its last exchanges,
 * `maxExchanges` questions with what followed each.
 */
export class Session {
  readonly sessionId: string
  readonly #maxExchanges: number
  #messages: readonly Message[] = []

  constructor(sessionId: string, maxExchanges: number) {
    this.sessionId = sessionId
    this.#maxExchanges = maxExchanges
  }

  /** Oldest first. Begins with a question: an answer without it would mislead, and some vendors refuse it. */
  get messages(): readonly Message[] {
    return this.#messages
  }

  /** Adds a question and all that followed it, tool turns included; the oldest exchanges go. */
  add(exchange: readonly Message[]): void {
    const all = [...this.#messages, ...exchange]
    const questions = all.flatMap((message, index) => (isQuestion(message) ? [index] : []))
    const first = questions[Math.max(0, questions.length - this.#maxExchanges)] ?? 0
    this.#messages = this.#maxExchanges === 0 ? [] : all.slice(first)
  }
}

/** A user's message that is not the result of a tool. */
const isQuestion = ({ content, role }: Message): boolean =>
  role === 'user' &&
  (typeof content === 'string' || !content.some(({ toolResult }) => toolResult !== undefined))
