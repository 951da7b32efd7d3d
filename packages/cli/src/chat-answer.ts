import {
  PointsmanApiError,
  type ChatEnd,
  type ChatMessage,
  type ChatOrder,
  type Served,
} from '@pointsman/sdk'
import type { Asked } from './command.ts'
import { dollars, milliseconds } from './format.ts'
import { printable, printableLines } from './terminal-text.ts'

/** One question and what came of it. */
export interface Answered {
  readonly text: string
  readonly served: Served
  readonly end: ChatEnd | null
  readonly durationMs: number
  /** Null = not known, or not known yet. */
  readonly costUsd: number | null
}

/** What one `pointsman chat` keeps between questions. Owner: that command's run. */
export interface ChatSession {
  readonly order: Omit<ChatOrder, 'messages'>
  messages: readonly ChatMessage[]
  /** The model that served the answer before. */
  lastModel: string | null
  /** The key may not read costs: asked for once. */
  costsForbidden: boolean
}

/** Asks, prints the answer as it comes, then who served it. The question stays in the session only if it was answered. */
export async function answerOne(asked: Asked, session: ChatSession, question: string): Promise<Answered> {
  const { client, output } = asked
  const startedAt = performance.now()
  const messages: readonly ChatMessage[] = [...session.messages, { role: 'user', content: question }]
  const stream = await client.chatStream({ ...session.order, messages })
  const { served } = stream
  if (!output.json) showChange(asked, session, served)
  let text = ''
  try {
    for await (const piece of stream) {
      text += piece
      if (!output.json) output.text(printableLines(piece))
    }
  } finally {
    if (!output.json && text !== '') output.line('')
  }
  const durationMs = performance.now() - startedAt
  session.messages = [...messages, { role: 'assistant', content: text }]
  session.lastModel = served.model
  const end = stream.end()
  if (!output.json) output.text(output.dim(servedLine(served, end, durationMs)))
  const costUsd = await costOf(asked, session, served)
  if (!output.json) {
    output.line(costUsd === null ? '' : output.dim(` · ${dollars(costUsd)}`))
    for (const warning of served.warnings) output.sentence(`Warning: ${warning}`, 2)
  }
  return { text, served, end, durationMs, costUsd }
}

/** Told before the answer: from here on it is another model's. */
function showChange(
  { output }: Asked,
  { lastModel }: ChatSession,
  { model, switchId, reason }: Served,
): void {
  const by = switchId === null ? '' : ` by the switch ${switchId}`
  if (lastModel !== null && model !== null && model !== lastModel) {
    const why = reason === 'fallback' ? ' as a fallback' : by
    output.line(output.good(printable(`⇄ The model changed${why}: ${lastModel} → ${model}`)))
  } else if (switchId !== null) {
    output.line(output.good(printable(`⇄ This conversation was moved${by}.`)))
  }
}

function servedLine(served: Served, end: ChatEnd | null, durationMs: number): string {
  const { usage, finishReason } = end ?? { usage: null, finishReason: null }
  const { attempts } = served
  const facts = [
    served.model ?? 'model not told',
    ...(served.reason === null ? [] : [served.reason]),
    ...(served.revision === null ? [] : [`revision ${served.revision}`]),
    ...(attempts !== null && attempts > 1 ? [`${attempts} attempts`] : []),
    milliseconds(durationMs),
    ...(usage === null ? [] : [`${usage.inputTokens ?? '?'} + ${usage.outputTokens ?? '?'} tokens`]),
    ...(finishReason === null || finishReason === 'stop' ? [] : [`ended by ${finishReason}`]),
    ...(served.sandbox ? ['sandbox'] : []),
  ]
  return printable(`— ${facts.join(' · ')}`)
}

const costWaitMs = 1_500
const costEveryMs = 150

/** The cost stands in the request's record, which is taken in a moment after the answer. Null where it does not come in time. */
async function costOf(
  { client }: Asked,
  session: ChatSession,
  { requestId }: Served,
): Promise<number | null> {
  if (requestId === null || session.costsForbidden) return null
  const deadline = performance.now() + costWaitMs
  while (performance.now() < deadline) {
    try {
      const { record } = await client.usage.explain(requestId)
      return record.costNanoUsd === null ? null : record.costNanoUsd / 1e9
    } catch (thrown) {
      if (!(thrown instanceof PointsmanApiError)) throw thrown
      if (thrown.statusCode !== 404) {
        // A key that may only chat is no reason to fail: the answer is there, its cost is the operator's.
        session.costsForbidden = true
        return null
      }
    }
    await new Promise((resolve) => setTimeout(resolve, costEveryMs))
  }
  return null
}
