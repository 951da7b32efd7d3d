import { createHash } from 'node:crypto'
import { Agent, request, type IncomingHttpHeaders } from 'node:http'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RunningServer } from '../../tests/server.ts'

/** The wall clock with fractions of a millisecond; all processes of this machine share it. */
export const wallMs = (): number => performance.timeOrigin + performance.now()

/** One answer, as its client saw it. */
export interface Answered {
  readonly replica: number
  readonly connection: number
  /** Of the client's socket: another one is another connection. */
  readonly localPort: number | null
  readonly route: string
  readonly sentAtMs: number
  readonly answeredAtMs: number
  /** 0 = no answer came. */
  readonly status: number
  readonly revision: number | null
  readonly model: string | null
  /** By which the simulator's ledger knows the request. */
  readonly bodySha256: string
  /** What came in place of an answer. */
  readonly problem: string | null
}

export interface Load {
  readonly answers: readonly Answered[]
  /** Every connection asks once more, and the answers are awaited: so there are some from after whatever was done meanwhile. */
  stop(): Promise<void>
}

export interface LoadOptions {
  readonly servers: readonly RunningServer[]
  /** What the connections ask for in turn. */
  readonly routes: readonly string[]
  readonly connectionsPerReplica: number
  /** Of one connection, from one request to the next; an answer that takes longer is waited for. */
  readonly everyMs: number
}

/** Keep-alive connections that ask steadily, evenly spread in time. A holder of mutable state: the answers. */
export function startLoad(options: LoadOptions): Load {
  const answers: Answered[] = []
  const { connectionsPerReplica: each, everyMs, servers } = options
  let stopped = false
  const connections = servers.flatMap((server, replica) =>
    Array.from({ length: each }, (_, index) => {
      const connection = replica * each + index
      const ask = createAsker(server, { replica, connection })
      const begin = (connection * everyMs) / (servers.length * each)
      const run = async (): Promise<void> => {
        await sleep(begin)
        for (let turn = 0, isLast = false; !isLast; turn++) {
          isLast = stopped
          const startedAt = performance.now()
          answers.push(await ask.ask(options.routes[turn % options.routes.length] ?? 'default'))
          await sleep(Math.max(0, everyMs - (performance.now() - startedAt)))
        }
        ask.close()
      }
      return run()
    }),
  )
  return {
    answers,
    stop: async () => {
      stopped = true
      await Promise.all(connections)
    },
  }
}

let asked = 0

/** One connection: its requests go out one after the other. */
function createAsker(
  server: RunningServer,
  place: { readonly replica: number; readonly connection: number },
) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const { hostname, port } = new URL(server.url)
  const headers = { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' }
  const ask = (route: string): Promise<Answered> => {
    // Bedrock's own dialect: the body reaches the vendor as it is, so that its digest names the request there.
    const body = JSON.stringify({
      messages: [{ role: 'user', content: [{ text: `Request ${++asked} of ${process.pid}` }] }],
    })
    const sentAtMs = wallMs()
    const told = { ...place, route, sentAtMs, bodySha256: createHash('sha256').update(body).digest('hex') }
    return new Promise((resolve) => {
      const failed = (error: Error): void =>
        resolve({ ...told, ...nothing, answeredAtMs: wallMs(), problem: error.message })
      const path = `/model/${encodeURIComponent(route)}/converse`
      const call = request({ agent, hostname, port, path, method: 'POST', headers }, (answer) => {
        const { localPort = null } = answer.socket
        const answeredAtMs = wallMs()
        const { headers: got, statusCode: status = 0 } = answer
        answer.resume().on('error', failed)
        answer.on('end', () =>
          resolve({ ...told, ...readHeaders(got), localPort, answeredAtMs, status, problem: null }),
        )
      })
      call.on('error', failed).end(body)
    })
  }
  return { ask, close: () => agent.destroy() }
}

const nothing = { localPort: null, status: 0, revision: null, model: null }

function readHeaders(headers: IncomingHttpHeaders): Pick<Answered, 'revision' | 'model'> {
  const revision = headers['x-pointsman-revision']
  const model = headers['x-pointsman-model']
  return {
    revision: typeof revision === 'string' ? Number(revision) : null,
    model: typeof model === 'string' ? model : null,
  }
}
