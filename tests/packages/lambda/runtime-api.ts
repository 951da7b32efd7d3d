import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

/** What a function posted for one invocation. */
export interface Posted {
  /** `response` or `error`. */
  readonly as: string
  readonly headers: IncomingMessage['headers']
  readonly chunks: readonly Buffer[]
  readonly trailers: IncomingMessage['trailers']
  /** The connection ended before the answer did. */
  readonly isTorn: boolean
}

export interface RuntimeApi {
  readonly address: string
  /** Hands over an event; resolves with what comes back. */
  invoke(event: unknown): Promise<Posted>
  /** Resolves once the function asks for its first event; its init time is over then. */
  readonly ready: Promise<void>
  close(): Promise<void>
}

interface Waiting {
  readonly id: string
  readonly event: unknown
  readonly resolve: (posted: Posted) => void
}

/** Lambda's Runtime API (docs.aws.amazon.com/lambda, "Custom runtimes: runtime API", 2026-11), one event at a time. */
export async function startRuntimeApi(): Promise<RuntimeApi> {
  const waiting: Waiting[] = []
  const running = new Map<string, Waiting>()
  let asks: ServerResponse | null = null
  let makeReady = (): void => undefined
  const ready = new Promise<void>((resolve) => (makeReady = resolve))
  const handOver = (): void => {
    const next = asks === null ? undefined : waiting.shift()
    if (next === undefined || asks === null) return
    running.set(next.id, next)
    asks.writeHead(200, {
      'lambda-runtime-aws-request-id': next.id,
      'lambda-runtime-deadline-ms': String(Date.now() + 30_000),
      'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:eu-central-1:123456789012:function:f',
    })
    asks.end(JSON.stringify(next.event))
    asks = null
  }
  const server = createServer((request, response) => {
    const [, id = '', as = ''] = /invocation\/([^/]+)(?:\/(\w+))?$/.exec(request.url ?? '') ?? []
    if (request.method === 'GET') {
      asks = response
      makeReady()
      handOver()
      return
    }
    void take(request).then((posted) => {
      response.writeHead(202).end('{}')
      running.get(id)?.resolve({ as, ...posted })
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  let count = 0
  return {
    address: `127.0.0.1:${address.port}`,
    ready,
    invoke: (event) =>
      new Promise((resolve) => {
        count += 1
        waiting.push({ id: `invocation-${count}`, event, resolve })
        handOver()
      }),
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function take(request: IncomingMessage): Promise<Omit<Posted, 'as'>> {
  const chunks: Buffer[] = []
  const { headers } = request
  return new Promise((resolve) => {
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => resolve({ headers, chunks, trailers: request.trailers, isTorn: false }))
    request.on('error', () => resolve({ headers, chunks, trailers: {}, isTorn: true }))
  })
}
