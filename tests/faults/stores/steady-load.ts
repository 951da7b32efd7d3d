import { randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'

export interface LoadTarget {
  readonly url: string
  readonly key: string
  /** A route, an alias or a model. */
  readonly model: string
}

/** One answer as its client saw it. */
export interface Seen {
  readonly status: number
  /** What the gateway says of itself, up to the headers. */
  readonly overheadMs: number
  readonly tookMs: number
  readonly problem: string | null
}

export interface SteadyLoad {
  /** Those since the last call. */
  take(): readonly Seen[]
  stop(): Promise<readonly Seen[]>
}

export interface LoadOptions {
  readonly clients: number
  /** Between two requests of one client. */
  readonly pauseMs: number
  /** Each request begins a conversation of its own, which is looked up in the registry. */
  readonly conversations?: boolean
}

/** Clients with a connection each, which ask until they are stopped; they go on whatever they are answered. */
export function steadyLoad(target: LoadTarget, options: LoadOptions): SteadyLoad {
  let seen: Seen[] = []
  let going = true
  const client = async (): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    while (going) {
      const startedAt = performance.now()
      const one = await ask(target, agent, options).catch((error: unknown) => ({
        ...{ status: 0, overheadMs: 0, problem: String(error) },
      }))
      seen.push({ ...one, tookMs: performance.now() - startedAt })
      await new Promise((resolve) => setTimeout(resolve, options.pauseMs))
    }
    agent.destroy()
  }
  const all = Promise.all(Array.from({ length: options.clients }, client))
  const take = (): readonly Seen[] => {
    const taken = seen
    seen = []
    return taken
  }
  return {
    take,
    stop: async () => {
      going = false
      await all
      return take()
    },
  }
}

function ask(
  { key, model, url }: LoadTarget,
  agent: Agent,
  { conversations }: LoadOptions,
): Promise<Omit<Seen, 'tookMs'>> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/v1/chat/completions`, {
      agent,
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        ...(conversations === true ? { 'x-pointsman-conversation': randomUUID() } : {}),
      },
    })
    sent.on('error', reject).on('response', (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      answer.on('error', reject).on('end', () => {
        const status = answer.statusCode ?? 0
        const overheadMs = Number(answer.headers['x-pointsman-overhead-us'] ?? 0) / 1_000
        resolve({ status, overheadMs, problem: status === 200 ? null : text.slice(0, 200) })
      })
    })
    sent.end(JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] }))
  })
}

export const failures = (seen: readonly Seen[]): readonly Seen[] =>
  seen.filter(({ status }) => status !== 200)
