import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'

/** A request as the server got it. */
export interface Received {
  readonly method: string
  /** Path and query as they stood on the wire. */
  readonly target: string
  readonly headers: IncomingMessage['headers']
  /** Parsed JSON; undefined where there was no body. */
  readonly body: unknown
}

export type Handler = (received: Received, response: ServerResponse) => void | Promise<void>

export interface TestServer {
  readonly url: string
  readonly received: readonly Received[]
  close(): Promise<void>
}

/** A real HTTP server for one test. */
export async function startHttpServer(handler: Handler): Promise<TestServer> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const text = Buffer.concat(chunks).toString('utf8')
      const one: Received = {
        method: request.method ?? '',
        target: request.url ?? '',
        headers: request.headers,
        body: text === '' ? undefined : JSON.parse(text),
      }
      received.push(one)
      await handler(one, response)
    })()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    received,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

export const answerJson = (
  response: ServerResponse,
  value: unknown,
  options: { readonly status?: number; readonly headers?: { readonly [name: string]: string } } = {},
): void => {
  response
    .writeHead(options.status ?? 200, { 'content-type': 'application/json', ...options.headers })
    .end(JSON.stringify(value))
}
