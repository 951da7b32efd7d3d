/**
 * What a proxy in Node costs that does nothing: `node:http` in front, undici behind, bytes as they come. Takes the upstream's
 * origin and the port as arguments.
 */
import { createServer } from 'node:http'
import { Pool, type Dispatcher } from 'undici'

const [origin = '', port = '0'] = process.argv.slice(2)
const pool = new Pool(origin, { connections: 2_048, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 })

const server = createServer({ noDelay: true, keepAliveTimeout: 3_600_000 }, (request, response) => {
  const pieces: Buffer[] = []
  request.on('data', (piece: Buffer) => pieces.push(piece))
  request.on('end', () => {
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: () => undefined,
      onResponseStart: (_controller, status, headers) => {
        const flat: string[] = []
        for (const name of ['content-type', 'content-length'])
          if (typeof headers[name] === 'string') flat.push(name, headers[name])
        response.writeHead(status, flat)
      },
      onResponseData: (controller, bytes) => {
        if (response.write(bytes)) return
        controller.pause()
        response.once('drain', () => controller.resume())
      },
      onResponseEnd: () => void response.end(),
      onResponseError: () => void response.destroy(),
    }
    const body =
      pieces.length === 1 ? (pieces[0] ?? null) : pieces.length === 0 ? null : Buffer.concat(pieces)
    pool.dispatch(
      {
        path: request.url ?? '/',
        method: request.method === 'GET' ? 'GET' : 'POST',
        headers: ['content-type', 'application/json'],
        body,
      },
      handler,
    )
  })
})
server.listen(Number(port), '127.0.0.1')
