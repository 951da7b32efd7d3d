import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'

/** A vendor whose every answer is a stream of so many bytes, sent as fast as it is taken. */
export interface BigStreams {
  /** Of the OpenAI API. */
  readonly url: string
  /** Bytes that were handed to the connection of each answer that is under way. */
  sent(): readonly number[]
  close(): Promise<void>
}

const frameOf = (delta: object, finish: string | null): string =>
  `data: ${JSON.stringify({
    ...{ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'big' },
    choices: [{ index: 0, delta, finish_reason: finish }],
  })}\n\n`

/** As large as a piece of a stream gets where its vendor sends what has piled up. */
const pieceBytes = 4 * 1_024
const piece = Buffer.from(frameOf({ content: 'slow reader '.repeat(pieceBytes / 12) }, null))
const last = `${frameOf({}, 'stop')}data: [DONE]\n\n`

export async function startBigStreams(bytes: number): Promise<BigStreams> {
  const open = new Map<ServerResponse, number>()
  const server = createServer((request, answer) => {
    request.resume()
    open.set(answer, 0)
    answer.on('close', () => open.delete(answer))
    answer.writeHead(200, { 'content-type': 'text/event-stream' })
    const goOn = (): void => {
      for (let sent = open.get(answer) ?? bytes; sent < bytes && !answer.destroyed;) {
        const hasRoom = answer.write(piece)
        open.set(answer, (sent += piece.length))
        if (!hasRoom) return void answer.once('drain', goOn)
      }
      answer.end(last)
    }
    goOn()
  })
  server.listen(0, '127.0.0.1', 4_096)
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}/v1`,
    sent: () => [...open.values()],
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
