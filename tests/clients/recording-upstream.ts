import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'

/** What came over the wire, before anybody read it. */
export interface ReceivedRequest {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: Uint8Array
}

export interface UpstreamAnswer {
  readonly contentType: string
  readonly body: Uint8Array
}

/** A vendor that understands nothing: it keeps what it gets and says what it was told to say. */
export interface RecordingUpstream {
  /** Without a path. */
  readonly url: string
  /** What the next request is answered with. */
  answerWith(answer: UpstreamAnswer): void
  /** All requests since the last call. */
  take(): readonly ReceivedRequest[]
  close(): Promise<void>
}

/** No divisor of any frame's length, so that pieces end inside lines, frames and characters. */
const pieceBytes = 13

export async function startRecordingUpstream(): Promise<RecordingUpstream> {
  let received: readonly ReceivedRequest[] = []
  let next: UpstreamAnswer | null = null
  const server = createServer((request, response) => {
    buffer(request).then(
      (body) => {
        received = [...received, { path: request.url ?? '', headers: request.headers, body }]
        const answer = next
        next = null
        return answer === null ? refuse(response) : sendInPieces(response, answer)
      },
      (thrown: unknown) => response.destroy(thrown instanceof Error ? thrown : new Error(String(thrown))),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    answerWith: (answer) => {
      next = answer
    },
    take: () => {
      const all = received
      received = []
      return all
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Each request must have its answer: a second call of one request would be a fault of the gateway's. */
function refuse(response: ServerResponse): void {
  response.writeHead(500, { 'content-type': 'text/plain' }).end('nobody said what to answer')
}

async function sendInPieces(response: ServerResponse, { contentType, body }: UpstreamAnswer): Promise<void> {
  response.writeHead(200, { 'content-type': contentType })
  for (let at = 0; at < body.length; at += pieceBytes) {
    response.write(body.subarray(at, at + pieceBytes))
    // A turn of the event loop in between, so that pieces leave one by one.
    await new Promise((resolve) => setImmediate(resolve))
  }
  response.end()
}
