import type { ContentBlock, Message } from './invocation/messages.ts'

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
    const all = joined([...this.#messages, ...exchange])
    const questions = all.flatMap((message, index) => (isQuestion(message) ? [index] : []))
    const first = questions[Math.max(0, questions.length - this.#maxExchanges)] ?? 0
    const [question, ...followed] = this.#maxExchanges === 0 ? [] : all.slice(first)
    // The calls whose results stand before the first question are gone, and vendors refuse results without them.
    this.#messages =
      question === undefined ? [] : [isQuestion(question) ? bare(question) : question, ...followed]
  }
}

const blocksOf = ({ content }: Message): readonly ContentBlock[] =>
  typeof content === 'string' ? [{ text: content }] : content

/** A user's message that is not the result of a tool alone. */
const isQuestion = ({ content, role }: Message): boolean =>
  role === 'user' && (typeof content === 'string' || content.some(isNoResult))

const isNoResult = ({ toolResult }: ContentBlock): boolean => toolResult === undefined

const bare = (question: Message): Message =>
  typeof question.content === 'string' || question.content.every(isNoResult)
    ? question
    : { ...question, content: question.content.filter(isNoResult) }

/** Neighbours of one role as one message: vendors refuse two of them. */
export function joined(messages: readonly Message[]): readonly Message[] {
  const all: Message[] = []
  for (const message of messages) {
    const last = all.at(-1)
    if (last?.role === message.role)
      all[all.length - 1] = { ...last, content: [...blocksOf(last), ...blocksOf(message)] }
    else all.push(message)
  }
  return all
}

/** Results that say of the calls of the last answer that nobody made them: without each one's, vendors refuse the next question. */
export function resultsOfUncalled(messages: readonly Message[]): readonly Message[] {
  const last = messages.findLastIndex(({ role }) => role === 'assistant')
  const [answer, ...followed] = last < 0 ? [] : messages.slice(last)
  if (answer === undefined) return []
  const told = new Set(followed.flatMap(blocksOf).map(({ toolResult }) => toolResult?.toolUseId))
  const content = blocksOf(answer).flatMap(({ toolUse }): readonly ContentBlock[] =>
    toolUse === undefined || told.has(toolUse.toolUseId)
      ? []
      : [
          {
            toolResult: {
              toolUseId: toolUse.toolUseId,
              status: 'error',
              content: [{ text: 'The tool was not called.' }],
            },
          },
        ],
  )
  return content.length === 0 ? [] : [{ role: 'user', content }]
}
