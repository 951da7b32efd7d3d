import { createServer as createHttpServer, type Server } from 'node:http'
import {
  createServer as createTcpServer,
  type AddressInfo,
  type Server as TcpServer,
  type Socket,
} from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { UpstreamRequest } from '@pointsman/contract'
import type { Transport, UpstreamCall, UpstreamHead, UpstreamListener } from '../../ports.ts'
import { createHttp1Transport } from './transport.ts'
import { Signal } from '../../testing/signal.ts'

const opened: { close(): unknown }[] = []
const transports: Transport[] = []

afterEach(async () => {
  for (const server of opened.splice(0)) server.close()
  await Promise.all(transports.splice(0).map((transport) => transport.close()))
})

function transport(options: Parameters<typeof createHttp1Transport>[0] = {}): Transport {
  const made = createHttp1Transport(options)
  transports.push(made)
  return made
}

async function listen(server: Server | TcpServer): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  opened.push(server)
  if ('closeAllConnections' in server) opened.push({ close: () => server.closeAllConnections() })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const request = (origin: string, changed: Partial<UpstreamRequest> = {}): UpstreamRequest => ({
  origin,
  method: 'POST',
  path: '/model/x/converse',
  headers: ['host', new URL(origin).host, 'content-type', 'application/json', 'x-twice', 'no'],
  body: new TextEncoder().encode('{"a":1}'),
  ...changed,
})

/** Notes every callback in its order; `ended` resolves with the last one. */
class Witness implements UpstreamListener {
  readonly events: string[] = []
  readonly pieces: Uint8Array[] = []
  answer: UpstreamHead | null = null
  readonly #ended = Promise.withResolvers<string>()
  readonly ended = this.#ended.promise

  connected(): void {
    this.events.push('connected')
  }
  head(head: UpstreamHead): void {
    this.events.push('head')
    this.answer = head
  }
  data(bytes: Uint8Array): void {
    if (this.events.at(-1) !== 'data') this.events.push('data')
    this.pieces.push(bytes.slice())
  }
  end(): void {
    this.events.push('end')
    this.#ended.resolve('end')
  }
  failed({ kind, message }: { readonly kind: string; readonly message: string }): void {
    this.events.push(`failed ${kind}`)
    this.#ended.resolve(message)
  }
  get text(): string {
    return Buffer.concat(this.pieces).toString()
  }
}

test('sends what it was given and tells the answer in order', async () => {
  let seen: unknown = null
  const origin = await listen(
    createHttpServer((incoming, answer) => {
      const pieces: Buffer[] = []
      incoming.on('data', (piece: Buffer) => pieces.push(piece))
      incoming.on('end', () => {
        const { host, 'content-length': length } = incoming.headers
        seen = { url: incoming.url, host, length, body: Buffer.concat(pieces).toString() }
        answer.writeHead(201, [
          ['x-one', 'first'],
          ['x-one', 'second'],
          ['Content-Type', 'text/plain'],
        ])
        answer.end('hello')
      })
    }),
  )
  const witness = new Witness()
  transport().send(request(origin, { path: '/model/a%3A0/converse' }), witness)
  expect(witness.events).toEqual([])
  expect(await witness.ended).toBe('end')
  expect(witness.events).toEqual(['connected', 'head', 'data', 'end'])
  expect(seen).toEqual({
    url: '/model/a%3A0/converse',
    host: new URL(origin).host,
    length: '7',
    body: '{"a":1}',
  })
  expect(witness.answer?.status).toBe(201)
  expect(witness.answer?.headers['content-type']).toBe('text/plain')
  expect(witness.answer?.headers['x-one']).toMatch(/^first/)
  expect(witness.text).toBe('hello')
})

test('a body in pieces goes out as one, however long each of them is', async () => {
  let seen = ''
  const origin = await listen(
    createHttpServer((incoming, answer) => {
      seen = ''
      incoming.setEncoding('latin1').on('data', (piece: string) => (seen += piece))
      incoming.on('end', () => answer.end('x'))
    }),
  )
  const own = transport()
  for (const lengths of [[1, 2, 3], [20_000], [1, 70_000, 2], [20_000, 5, 0, 20_000], [0]]) {
    const body = lengths.map((length, at) => new Uint8Array(length).fill(0xe0 + at))
    const witness = new Witness()
    own.send({ ...request(origin), body }, witness)
    expect(await witness.ended).toBe('end')
    expect(seen).toBe(Buffer.concat(body).toString('latin1'))
  }
})

test('a connection is used again, and never by two calls at once', async () => {
  const sockets = new Set<Socket>()
  const server = createHttpServer((incoming, answer) => {
    incoming.resume().on('end', () => setTimeout(() => answer.end('x'), 20))
  })
  server.on('connection', (socket: Socket) => sockets.add(socket))
  const origin = await listen(server)
  const own = transport({ connections: 2 })
  const witnesses = Array.from({ length: 6 }, () => new Witness())
  for (const witness of witnesses) own.send(request(origin), witness)
  expect(await Promise.all(witnesses.map(({ ended }) => ended))).toEqual(Array<string>(6).fill('end'))
  expect(sockets.size).toBe(2)
})

test('a redirect is an answer like any other: nobody follows it', async () => {
  let strayed = 0
  const elsewhere = await listen(createHttpServer((_incoming, answer) => void (strayed++, answer.end())))
  const origin = await listen(
    createHttpServer((incoming, answer) => {
      incoming.resume()
      answer.writeHead(307, { location: `${elsewhere}/latest/meta-data` }).end()
    }),
  )
  const witness = new Witness()
  transport().send(request(origin), witness)
  await witness.ended
  expect(witness.answer?.status).toBe(307)
  expect(strayed).toBe(0)
})

test('nobody listens: connect failure, nothing was sent', async () => {
  const server = createTcpServer()
  const origin = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  const witness = new Witness()
  transport().send(request(origin), witness)
  expect(await witness.ended).toMatch(/ECONNREFUSED/)
  expect(witness.events).toEqual(['failed connect'])
})

test('a connection that dies is told as broken, before and after the head', async () => {
  for (const [answer, events] of [
    ['', ['connected', 'failed broken']],
    ['HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc', ['connected', 'head', 'data', 'failed broken']],
    [
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n',
      ['connected', 'head', 'data', 'failed broken'],
    ],
    ['garbage\r\n\r\n', ['connected', 'failed broken']],
  ] as const) {
    const origin = await listen(
      createTcpServer((socket) => {
        socket.on('error', () => socket.destroy())
        socket.once('data', () => socket.end(answer))
      }),
    )
    const witness = new Witness()
    transport().send(request(origin), witness)
    await witness.ended
    expect(witness.events).toEqual(events)
  }
})

test('an aborted call calls nobody back and its connection is closed', async () => {
  const gone = new Signal()
  const origin = await listen(
    createHttpServer((incoming, answer) => {
      incoming.resume()
      answer.on('close', () => gone.give())
      answer.write('a')
    }),
  )
  const started = new Signal()
  const witness = new (class extends Witness {
    override data(bytes: Uint8Array): void {
      super.data(bytes)
      started.give()
    }
  })()
  const call = transport().send(request(origin), witness)
  await started.given
  call.abort()
  await gone.given
  await new Promise((resolve) => setTimeout(resolve, 30))
  expect(witness.events).toEqual(['connected', 'head', 'data'])
})

test('a call aborted while it waits for a connection is never sent', async () => {
  let calls = 0
  const release = new Signal()
  const origin = await listen(
    createHttpServer((incoming, answer) => {
      calls++
      incoming.resume()
      void release.given.then(() => answer.end())
    }),
  )
  const own = transport({ connections: 1 })
  const first = new Witness()
  own.send(request(origin), first)
  const second = new Witness()
  const waiting: UpstreamCall = own.send(request(origin), second)
  const third = new Witness()
  own.send(request(origin), third)
  waiting.abort()
  release.give()
  expect(await Promise.all([first.ended, third.ended])).toEqual(['end', 'end'])
  expect(second.events).toEqual([])
  expect(calls).toBe(2)
})

test('beyond so many waiting calls the next fails at once', async () => {
  const origin = await listen(createHttpServer((incoming) => void incoming.resume()))
  const own = transport({ connections: 1, maxWaiting: 2 })
  const calls = [0, 1, 2].map(() => own.send(request(origin), new Witness()))
  const refused = new Witness()
  own.send(request(origin), refused)
  expect(refused.events).toEqual([])
  expect(await refused.ended).toMatch(/already wait/)
  expect(refused.events).toEqual(['failed busy'])
  expect(calls.map(({ queued }) => queued)).toEqual([false, true, true])
  for (const call of calls) call.abort()
})

test('a place is free again however its call ended, and who came first goes first', async () => {
  const served: string[] = []
  const server = createHttpServer((incoming, answer) => {
    served.push(incoming.url ?? '')
    incoming.resume()
    if (incoming.url === '/broken') answer.destroy()
    else if (incoming.url !== '/silent') answer.end('x')
  })
  const own = transport({ connections: 1, maxWaiting: 100 })
  const origin = await listen(server)
  const ask = (path: string) => {
    const witness = new Witness()
    return { witness, call: own.send(request(origin, { path }), witness) }
  }
  const silent = ask('/silent')
  const given = [ask('/never-1'), ask('/never-2')]
  const rest = ['/broken', '/a', '/broken', '/b'].map(ask)
  await until(() => served.length === 1)
  for (const { call } of given) call.abort()
  silent.call.abort()
  await Promise.all(rest.map(({ witness }) => witness.ended))
  expect(served).toEqual(['/silent', '/broken', '/a', '/broken', '/b'])
  expect(rest.map(({ witness }) => witness.events.at(-1))).toEqual([
    'failed broken',
    'end',
    'failed broken',
    'end',
  ])
})

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}

test('pause holds the upstream back, resume lets it go on', async () => {
  const size = 64 * 1024 * 1024
  let written = 0
  const origin = await listen(
    createHttpServer((incoming, answer) => {
      incoming.resume()
      const piece = Buffer.alloc(64 * 1024)
      const more = (): void => {
        while (written < size) {
          written += piece.length
          if (!answer.write(piece)) return void answer.once('drain', more)
        }
        answer.end()
      }
      more()
    }),
  )
  let received = 0
  const ended = Promise.withResolvers<string>()
  const own = transport()
  const call = own.send(request(origin), {
    connected: () => undefined,
    head: () => call.pause(),
    data: (bytes) => void (received += bytes.byteLength),
    end: () => ended.resolve('end'),
    failed: ({ message }) => ended.resolve(message),
  })
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(received).toBeLessThan(1024 * 1024)
  // What fits into the buffers of both ends of a connection, and no more.
  expect(written).toBeLessThan(size / 2)
  call.resume()
  expect(await ended.promise).toBe('end')
  expect(received).toBe(size)
})

test('what cannot be sent safely fails as a connection that never was', async () => {
  const origin = await listen(createHttpServer((_incoming, answer) => answer.end()))
  for (const bad of [
    { path: 'http://evil.test/' },
    { path: '/a b' },
    { headers: ['x', 'a\r\nb: c'] },
    { origin: 'x' },
  ]) {
    const witness = new Witness()
    transport().send(request(origin, bad), witness)
    await witness.ended
    expect(witness.events).toEqual(['failed connect'])
  }
})

test('origins beyond the bound make room, and their calls still end', async () => {
  const answers = createHttpServer((incoming, answer) => {
    incoming.resume().on('end', () => setTimeout(() => answer.end('x'), 30))
  })
  const own = transport({ maxOrigins: 1 })
  const origins = [
    await listen(answers),
    await listen(createHttpServer(answers.listeners('request')[0] as never)),
  ]
  const witnesses = [0, 1, 0].map((index) => {
    const witness = new Witness()
    own.send(request(origins[index] ?? ''), witness)
    return witness
  })
  expect(await Promise.all(witnesses.map(({ ended }) => ended))).toEqual(['end', 'end', 'end'])
})

const inPieces = [
  new Uint8Array(70_000).fill(0x61),
  new TextEncoder().encode('mid'),
  new Uint8Array(900_000).fill(0x62),
]

test('sends a body in pieces as one of a known length, again and again on one connection', async () => {
  const seen: {
    readonly length: string | undefined
    readonly chunked: string | undefined
    readonly body: Buffer
  }[] = []
  const sockets = new Set<Socket>()
  const origin = await listen(
    createHttpServer((asked, response) => {
      sockets.add(asked.socket)
      const chunks: Buffer[] = []
      asked.on('data', (chunk: Buffer) => chunks.push(chunk))
      asked.on('end', () => {
        const { 'content-length': length, 'transfer-encoding': chunked } = asked.headers
        seen.push({ length, chunked, body: Buffer.concat(chunks) })
        response.end('ok')
      })
    }),
  )
  const sending = transport()
  for (let call = 0; call < 3; call += 1) {
    const witness = new Witness()
    sending.send(request(origin, { body: inPieces }), witness)
    expect(await witness.ended).toBe('end')
  }
  const body = Buffer.concat(inPieces)
  expect(seen.map(({ length }) => length)).toEqual([body.length, body.length, body.length].map(String))
  expect(seen.every((one) => one.chunked === undefined && one.body.equals(body))).toBe(true)
  expect(sockets.size).toBe(1)
})

test('hears a vendor that refuses a body in pieces before it has read it, and ends a call that is given up within', async () => {
  const reached = new Signal()
  const origin = await listen(
    createHttpServer((asked, response) => {
      if (asked.url === '/stalls') {
        asked.pause()
        reached.give()
        return
      }
      response.writeHead(413, { connection: 'close' }).end('too large')
    }),
  )
  const sending = transport()
  const body = [...inPieces, new Uint8Array(20_000_000)]
  const refused = new Witness()
  sending.send(request(origin, { body }), refused)
  await refused.ended
  expect(refused.answer?.status).toBe(413)
  const left = new Witness()
  const call = sending.send(request(origin, { body, path: '/stalls' }), left)
  await reached.given
  call.abort()
  const next = new Witness()
  sending.send(request(origin), next)
  await next.ended
  expect(next.answer?.status).toBe(413)
  expect(left.events).toEqual(['connected'])
})
