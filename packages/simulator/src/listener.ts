import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { constants, createServer as createHttp2Server } from 'node:http2'
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import type { Readable } from 'node:stream'
import type { RequestHead, ResponsePort } from './exchange.ts'

/** One request as it arrives: its head, its body still to be read, and the way back. */
export interface Arrival {
  readonly head: RequestHead
  readonly body: Readable
  readonly port: ResponsePort
}

export interface Listener {
  readonly port: number
  /** Stops listening and destroys every connection, whatever is under way on it. */
  close(): Promise<void>
}

interface ListenOptions {
  readonly host: string
  readonly port: number
  readonly arrived: (arrival: Arrival) => void
}

const FIRST_BYTES_TIMEOUT_MS = 10_000
const IDLE_TIMEOUT_MS = 120_000
const MOST_CONNECTIONS = 10_000
const MOST_STREAMS_PER_CONNECTION = 1_000
const HEADER_BYTES = 65_536
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')

/**
 * Listens for HTTP/1.1 and for HTTP/2 with prior knowledge on one port. They are told apart by a connection's first
 * bytes: the AWS SDK for JavaScript speaks HTTP/2 to plain-http endpoints and does not ask first.
 */
export async function listen(options: ListenOptions): Promise<Listener> {
  const http1 = createServer(
    { maxHeaderSize: HEADER_BYTES, keepAliveTimeout: IDLE_TIMEOUT_MS },
    (request, response) => {
      options.arrived({ head: http1Head(request), body: request, port: http1Port(response) })
    },
  )
  http1.maxConnections = MOST_CONNECTIONS
  const http2 = createHttp2Server({
    settings: { maxConcurrentStreams: MOST_STREAMS_PER_CONNECTION, initialWindowSize: 1_048_576 },
    maxSessionMemory: 64,
  })
  http2.on('session', (session) => session.setTimeout(IDLE_TIMEOUT_MS, () => session.close()))
  http2.on('stream', (stream, headers, _flags, rawHeaders) => {
    options.arrived({
      head: http2Head(headers, rawHeaders),
      body: stream,
      port: http2Port(stream as ServerHttp2Stream),
    })
  })
  const connections = new Set<Socket>()
  // The HTTP/1 server listens, so that its header and request timeouts run; its connections pass by the sniffer.
  const serveHttp1 = http1.listeners('connection')
  http1.removeAllListeners('connection')
  http1.on('connection', (socket: Socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
    sniff(socket, (speaksHttp2) => {
      if (speaksHttp2) {
        // The HTTP/1 server opens its sockets half-closable; an HTTP/2 session would then never hear its client leave.
        socket.allowHalfOpen = false
        http2.emit('connection', socket)
      } else {
        for (const serve of serveHttp1) serve.call(http1, socket)
      }
    })
  })
  await new Promise<void>((resolve, reject) => {
    http1.once('error', reject)
    http1.listen({ host: options.host, port: options.port, backlog: 4_096 }, () => {
      http1.off('error', reject)
      resolve()
    })
  })
  return {
    port: (http1.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        http1.close(() => resolve())
        for (const socket of connections) socket.destroy()
      }),
  }
}

/** Reads first bytes until they say which protocol it is, puts them back, and hands the connection over. */
function sniff(socket: Socket, decided: (speaksHttp2: boolean) => void): void {
  let seen: Buffer = Buffer.alloc(0)
  const drop = (): void => {
    socket.destroy()
  }
  const read = (chunk: Buffer): void => {
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk])
    const compared = Math.min(seen.length, PREFACE.length)
    const couldBeHttp2 = seen.compare(PREFACE, 0, compared, 0, compared) === 0
    if (couldBeHttp2 && compared < PREFACE.length) return
    socket.off('data', read)
    socket.off('error', drop)
    socket.off('timeout', drop)
    socket.setTimeout(0)
    socket.pause()
    socket.unshift(seen)
    decided(couldBeHttp2)
    // The HTTP/1 parser waits for a flowing socket; HTTP/2 has taken the handle and reads by itself.
    if (!couldBeHttp2) socket.resume()
  }
  socket.on('data', read)
  socket.on('error', drop)
  socket.on('timeout', drop)
  socket.setTimeout(FIRST_BYTES_TIMEOUT_MS)
}

function http1Head(request: IncomingMessage): RequestHead {
  return {
    protocol: 'http/1.1',
    method: request.method ?? 'GET',
    target: request.url ?? '/',
    headers: request.headers,
    rawHeaders: request.rawHeaders,
  }
}

function http2Head(headers: IncomingHttpHeaders, rawHeaders: readonly string[]): RequestHead {
  return {
    protocol: 'h2',
    method: headers[':method'] ?? 'GET',
    target: headers[':path'] ?? '/',
    headers,
    rawHeaders,
  }
}

function http1Port(response: ServerResponse): ResponsePort {
  return {
    begin: (status, headers) => {
      response.writeHead(status, headers)
    },
    write: (bytes) => response.write(bytes),
    end: (bytes) => {
      response.end(bytes)
    },
    cut: () => {
      // The write's callback comes after all writes before it: what was sent is not taken back by the cut.
      if (response.headersSent) response.write(NO_BYTES, () => response.destroy())
      else response.destroy()
    },
    onDrain: (continueWriting) => {
      response.once('drain', continueWriting)
    },
    onClose: (closed) => {
      response.once('close', () => closed(response.writableFinished))
    },
  }
}

const NO_BYTES = new Uint8Array(0)

function http2Port(stream: ServerHttp2Stream): ResponsePort {
  // An error is followed by 'close', which tells the exchange; without this listener it would end the process.
  stream.on('error', () => stream.destroy())
  return {
    begin: (status, headers) => {
      stream.respond({ ':status': status, ...headers })
    },
    write: (bytes) => stream.write(bytes),
    end: (bytes) => {
      if (bytes === undefined) stream.end()
      else stream.end(bytes)
    },
    cut: () => {
      // Destroyed with an error, the stream is reset; `close` would end it properly first, and look complete.
      const reset = (): void => {
        stream.destroy(new Error('cut by the script'))
      }
      if (stream.headersSent) stream.write(NO_BYTES, reset)
      else reset()
    },
    onDrain: (continueWriting) => {
      stream.once('drain', continueWriting)
    },
    onClose: (closed) => {
      // 'finish' and writableFinished are not to be had here: a stream that both sides ended closes without them.
      stream.once('close', () => {
        closed(stream.writableEnded && !stream.aborted && stream.rstCode === constants.NGHTTP2_NO_ERROR)
      })
    },
  }
}
