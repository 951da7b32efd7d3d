import type { Contestant } from '../side-by-side/contestant.ts'
import { runLoad } from '../side-by-side/load.ts'
import { processorUs } from '../side-by-side/processes.ts'

export interface Turn {
  /** Processor time a request of each part, in the order of the contestant's parts. */
  readonly processorUs: readonly number[]
  readonly perSecond: number
  /** With many connections. */
  readonly p50Us: number
  readonly p99Us: number
  /** With one connection; null = not asked. */
  readonly alone: { readonly p50Us: number; readonly p99Us: number } | null
  readonly failures: number
}

export interface Asking {
  readonly model: string
  readonly bytes: number
  readonly seconds: number
  readonly alone: boolean
  /** Left out: as many as `many`. */
  readonly connections?: number
}

/** Connections that ask at the same time. */
export const many = 32

/** One turn of one contestant: many connections, for throughput and processor time; then one, for latency. */
export async function measureTurn(contestant: Contestant, asking: Asking): Promise<Turn> {
  const { alone, bytes, model, seconds } = asking
  const load = {
    url: `${contestant.baseUrl}/chat/completions`,
    headers: contestant.headers,
    body: requestBody(model, bytes),
    seconds,
  }
  const before = contestant.parts.map(({ pids }) => processorUs(pids))
  const busy = await runLoad({ ...load, connections: asking.connections ?? many })
  const carried = contestant.parts.map(({ pids }) => processorUs(pids))
  await contestant.settled()
  // The first part carries requests and is done with them; the others' work may come after.
  const after = contestant.parts.map(({ pids }, place) =>
    place === 0 ? (carried[0] ?? 0) : processorUs(pids),
  )
  const single = alone ? await runLoad({ ...load, connections: 1 }) : null
  return {
    processorUs: after.map((us, place) => (us - (before[place] ?? 0)) / Math.max(1, busy.requests)),
    perSecond: busy.perSecond,
    p50Us: busy.p50Us,
    p99Us: busy.p99Us,
    alone: single === null ? null : { p50Us: single.p50Us, p99Us: single.p99Us },
    failures: busy.failures + (single?.failures ?? 0),
  }
}

const sentence = 'Which track does the night train to Kufstein take when the "Inntal" points are frozen?\n'

/** A chat of about so many bytes: a system prompt, some turns, and the rest in the last message. */
export function requestBody(model: string, bytes: number): string {
  const body = (text: string): string =>
    JSON.stringify({
      model,
      messages: [
        {
          role: 'system',
          content: 'You answer questions of the people who run a railway. Be brief and exact.',
        },
        { role: 'user', content: 'Are you there?' },
        { role: 'assistant', content: 'I am. What would you like to know?' },
        { role: 'user', content: text },
      ],
      temperature: 0.2,
      max_tokens: 400,
    })
  const rest = Math.max(0, bytes - body('').length)
  // Escapes make the text longer than it is: cut to size by the sentence's own length in JSON.
  const escaped = JSON.stringify(sentence).length - 2
  return body(sentence.repeat(Math.max(1, Math.round(rest / escaped))))
}
