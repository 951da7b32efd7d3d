import { answerOne, type Answered, type ChatSession } from '../chat-answer.ts'
import { exitCodes, UsageError, type Asked, type Command } from '../command.ts'
import { tellError } from '../tell-error.ts'

export const chat: Command = {
  name: 'chat',
  summary: 'Talks to a route, an alias or a model.',
  details:
    'Each answer is followed by who served it, why, and what it cost. Without --message it reads a question a line; an empty line is passed over, /new begins anew, /quit or the end of input ends it. A model that changed between two answers is announced.',
  positionals: ['ROUTE?'],
  options: {
    message: { type: 'string', short: 'm', value: 'TEXT', summary: 'ask this once; - reads it from input' },
    system: { type: 'string', value: 'TEXT', summary: 'instructions that stand before it' },
    conversation: {
      type: 'string',
      value: 'ID',
      summary: 'as part of a conversation, which keeps its model',
    },
    user: { type: 'string', value: 'ID', summary: 'as this user' },
    'max-tokens': { type: 'string', value: 'N', summary: 'the longest answer' },
  },
  examples: [
    'pointsman chat use-case/clinical',
    'pointsman chat use-case/clinical --message "Hello"',
    'git diff | pointsman chat --system "Review this" --message -',
  ],
  async run(asked) {
    const { text, output } = asked
    const session = sessionOf(asked)
    const message = text('message')
    if (message === undefined) return converse(asked, session)
    const question = message === '-' ? await asked.terminal.readAll() : message
    if (question.trim() === '') throw new UsageError('The message is empty.', chat)
    const answered = await answerOne(asked, session, question)
    if (output.json) output.value(jsonOf(answered))
    return exitCodes.done
  },
}

function sessionOf({ argument, text, number }: Asked): ChatSession {
  const route = argument('ROUTE')
  const system = text('system')
  return {
    order: {
      model: route === '' ? 'default' : route,
      conversationId: text('conversation'),
      userId: text('user'),
      maxTokens: number('max-tokens', 1),
    },
    messages: system === undefined ? [] : [{ role: 'system', content: system }],
    lastModel: null,
    costsForbidden: false,
  }
}

const jsonOf = ({ text, served, end, durationMs, costUsd }: Answered) => ({
  text,
  finishReason: end?.finishReason ?? null,
  usage: end?.usage ?? null,
  costUsd,
  durationMs: Math.round(durationMs),
  ...served,
})

/** A question a line. A failed one is told and does not end the conversation; input that is not typed then ends with its exit code. */
async function converse(asked: Asked, session: ChatSession): Promise<number> {
  const { output, terminal } = asked
  const beginning = session.messages
  let worst: number = exitCodes.done
  const prompt = (): void => {
    if (terminal.interactive && !output.json) output.text('› ')
  }
  if (terminal.interactive && !output.json) {
    output.line(output.dim(`Talking to ${session.order.model ?? 'default'}. /new begins anew, /quit ends.`))
  }
  prompt()
  for await (const line of terminal.lines) {
    const question = line.trim()
    if (question === '/quit') return worst
    if (question === '/new') session.messages = beginning
    else if (question !== '') {
      const failed = await answerOrTell(asked, session, question)
      if (!terminal.interactive) worst = Math.max(worst, failed)
    }
    prompt()
  }
  if (terminal.interactive && !output.json) output.line('')
  return worst
}

async function answerOrTell(asked: Asked, session: ChatSession, question: string): Promise<number> {
  const { output } = asked
  try {
    const answered = await answerOne(asked, session, question)
    if (output.json) output.value(jsonOf(answered), 'line')
    return exitCodes.done
  } catch (thrown) {
    const { line, code, statusCode, exitCode } = tellError(thrown)
    if (output.json) output.value({ error: { code, statusCode, message: line } }, 'line')
    else output.sentence(line, 0, output.bad)
    return exitCode
  }
}
