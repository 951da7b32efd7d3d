import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { UpstreamRequest } from '@pointsman/contract'
import type { UpstreamHead, UpstreamListener } from '../ports.ts'
import { createFetchTransport } from './fetch.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
})

async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const request = (origin: string, changed: Partial<UpstreamRequest> = {}): UpstreamRequest => ({
  origin,
  method: 'POST',
  path: '/model/a%3A0/converse',
  headers: ['host', new URL(origin).host, 'content-type', 'application/json'],
  body: new TextEncoder().encode('{"a":1}'),
  ...changed,
})

/** Notes every callback in its order. */
class Witness implements UpstreamListener {
  readonly events: string[] = []
  answer: UpstreamHead | null = null
  text = ''
  onData: () => void = () => undefined
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
    this.text += new TextDecoder().decode(bytes)
    this.onData()
  }
  end(): void {
    this.events.push('end')
    this.#ended.resolve('end')
  }
  failed({ kind, message }: { readonly kind: string; readonly message: string }): void {
    this.events.push(`failed ${kind}`)
    this.#ended.resolve(message)
  }
}

test('sends what it was given and tells the answer in order', async () => {
  let seen: unknown = null
  const origin = await listen((incoming, answer) => {
    let body = ''
    incoming.setEncoding('utf8').on('data', (piece: string) => (body += piece))
    incoming.on('end', () => {
      const { host, 'content-length': length } = incoming.headers
      seen = { url: incoming.url, host, length, body }
      answer.writeHead(201, { 'content-type': 'text/plain' }).end('hello')
    })
  })
  const witness = new Witness()
  createFetchTransport().send(request(origin), witness)
  expect(witness.events).toEqual([])
  expect(await witness.ended).toBe('end')
  expect(witness.events).toEqual(['connected', 'head', 'data', 'end'])
  expect(seen).toEqual({
    url: '/model/a%3A0/converse',
    host: new URL(origin).host,
    length: '7',
    body: '{"a":1}',
  })
  expect(witness.answer).toMatchObject({ status: 201, headers: { 'content-type': 'text/plain' } })
  expect(witness.text).toBe('hello')
})

test('a redirect is an answer like any other: nobody follows it', async () => {
  let strayed = 0
  const elsewhere = await listen((_incoming, answer) => void (strayed++, answer.end()))
  const origin = await listen((_incoming, answer) => {
    answer.writeHead(307, { location: `${elsewhere}/latest/meta-data` }).end()
  })
  const witness = new Witness()
  createFetchTransport().send(request(origin), witness)
  await witness.ended
  expect(witness.answer?.status).toBe(307)
  expect(strayed).toBe(0)
})

test('a refused connection was never sent; one that dies was', async () => {
  const gone = await listen(() => undefined)
  servers.pop()?.close()
  const refused = new Witness()
  createFetchTransport().send(request(gone), refused)
  expect(await refused.ended).toMatch(/ECONNREFUSED/)
  expect(refused.events).toEqual(['connected', 'failed connect'])

  const broken = new Witness()
  const dying = await listen((_incoming, answer) => {
    broken.onData = () => answer.destroy()
    answer.writeHead(200).write('half')
  })
  createFetchTransport().send(request(dying), broken)
  await broken.ended
  expect(broken.events).toEqual(['connected', 'head', 'data', 'failed broken'])
})

test('what is aborted calls nobody back, and what is paused reads no further', async () => {
  let left = false
  const piece = 'x'.repeat(65_536)
  let written = 0
  const origin = await listen((_incoming, answer) => {
    answer.on('close', () => (left = true))
    const write = (): void => {
      while (!answer.destroyed && answer.write(piece)) written += piece.length
      answer.once('drain', write)
    }
    write()
  })
  const witness = new Witness()
  const call = createFetchTransport().send(request(origin), witness)
  await new Promise<void>((resolve) => {
    witness.onData = () => {
      call.pause()
      resolve()
    }
  })
  const seen = witness.text.length
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(witness.text.length).toBe(seen)
  let before = -1
  const hasStopped = (): boolean => {
    const stands = written === before
    before = written
    return stands
  }
  await expect.poll(hasStopped, { interval: 100 }).toBe(true)
  call.abort()
  const events = witness.events.length
  await expect.poll(() => left).toBe(true)
  expect(witness.events).toHaveLength(events)
  expect(witness.events).not.toContain('end')
})

test('a call that is aborted at once is not made', async () => {
  let asked = 0
  const origin = await listen((_incoming, answer) => void (asked++, answer.end()))
  const transport = createFetchTransport()
  const witness = new Witness()
  transport.send(request(origin), witness).abort()
  await transport.close()
  expect(witness.events).toEqual([])
  expect(asked).toBe(0)
})

test('a path that names another host is refused', async () => {
  const witness = new Witness()
  createFetchTransport().send(request('http://127.0.0.1:9', { path: '//elsewhere.example/' }), witness)
  expect(await witness.ended).not.toBe('end')
  const other = new Witness()
  createFetchTransport().send(request('http://127.0.0.1:9', { path: 'http://elsewhere.example/' }), other)
  expect(await other.ended).toMatch(/begins with a slash/)
})
