import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { reportFigure } from './figures.ts'
import { short } from './form.ts'
import { say } from './hostile/raw.ts'
import { chat, lives, memoryOf } from './hostile/ask.ts'
import { startRig, type Rig } from './rig.ts'

/* Sizes are those of bytes that came, whatever anybody declares, and what is too large is not kept. */
const mib = 1_048_576
const maxBody = 25 * mib
const maxAnswer = 50 * mib
const vendorModel = 'gpt-5.4-mini'

/** A vendor that answers without end: so many bytes, as fast as they are taken. */
class Endless {
  sent = 0
  bytes = 0
  readonly #server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (piece: string) => (body += piece))
    request.on('end', () => this.#answer(response, body.includes('"stream":true')))
  })
  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`
  }
  #answer(response: ServerResponse, streams: boolean): void {
    this.sent = 0
    response.writeHead(200, { 'content-type': streams ? 'text/event-stream' : 'application/json' })
    const text = 'a'.repeat(60_000)
    const event = `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 1, model: vendorModel, choices: [{ index: 0, delta: { content: text }, finish_reason: null }] })}\n\n`
    const piece = streams ? event : text
    const last = `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 1, model: vendorModel, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\ndata: [DONE]\n\n`
    if (!streams) response.write('{"id":"')
    const more = (): void => {
      while (!response.destroyed && this.sent < this.bytes) {
        this.sent += piece.length
        if (!response.write(piece)) return void response.once('drain', more)
      }
      response.end(streams ? last : '"}')
    }
    more()
  }
  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

const vendor = new Endless()
let rig: Rig
beforeAll(async () => {
  rig = await startRig({ OPENAI_BASE_URL: await vendor.start(), OPENAI_API_KEY: 'any' })
  for (let warm = 0; warm < 5; warm += 1) await chat(rig)
})
afterAll(async () => {
  await rig.close()
  vendor.close()
})

/** The most that the process held while something ran, above what it held before. */
async function peakDuring<Value>(work: () => Promise<Value>): Promise<{ value: Value; peak: number }> {
  const before = await memoryOf(rig.server.pid)
  const state = { peak: before, over: false }
  const watching = (async () => {
    while (!state.over) {
      state.peak = Math.max(state.peak, await memoryOf(rig.server.pid))
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  })()
  try {
    return { value: await work(), peak: state.peak - before }
  } finally {
    state.over = true
    await watching
  }
}

const frame = (length: number): string => {
  const [head, tail] = ['{"model":"no-such-model","messages":[{"role":"user","content":"', '"}]}']
  return head + 'a'.repeat(length - head.length - tail.length) + tail
}
const codeOf = (text: string): unknown =>
  (JSON.parse(text) as { readonly error?: { readonly code?: unknown } }).error?.code

test('T37: a body of the limit is read, one byte more is 413', async () => {
  const fits = await chat(rig, { body: frame(maxBody) })
  expect([fits.status, codeOf(fits.text)]).toEqual([404, 'model_not_found'])
  const { peak, value } = await peakDuring(() => chat(rig, { body: frame(maxBody + 1) }))
  expect([value.status, codeOf(value.text)]).toEqual([413, 'body_too_large'])
  expect(peak).toBeLessThan(maxBody * 2)
})

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Or a moment later: a server that reads no more does not say so. */
const drained = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    const go = (): void => {
      clearTimeout(timer)
      socket.off('drain', go)
      resolve()
    }
    const timer = setTimeout(go, 200)
    socket.on('drain', go)
  })

const head = (more: string): string =>
  `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${rig.server.key}\r\n${more}\r\n`

test('T37: a length that is too large is refused before a byte of the body came', async () => {
  const heard = await say(rig.port, [head(`content-length: ${maxBody + 1}\r\n`)])
  expect(heard.statuses).toEqual([413])
  expect(heard.text).toMatch(/connection: close/i)
  // The body that was announced is not waited for.
  const told = await say(rig.port, [head(`content-length: ${'9'.repeat(15)}\r\nexpect: 100-continue\r\n`)])
  expect(told.text).toMatch(/^HTTP\/1\.1 413/)
})

test('T37: a body without a length is counted as it comes, and not taken to its end', async () => {
  const { peak, value } = await peakDuring(async () => {
    const socket = connect(rig.port, '127.0.0.1')
    let text = ''
    let sent = 0
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    socket.on('error', () => socket.destroy()).setEncoding('latin1')
    socket.on('data', (piece: string) => (text += piece))
    socket.write(head('transfer-encoding: chunked\r\n'))
    const piece = `10000\r\n${'a'.repeat(65_536)}\r\n`
    const deadline = performance.now() + 20_000
    while (!socket.destroyed && sent < 500 * mib && performance.now() < deadline && text === '') {
      sent += 65_536
      if (!socket.write(piece)) await Promise.race([drained(socket), closed])
    }
    await Promise.race([closed, pause(500)])
    socket.destroy()
    return { text, sent }
  })
  expect(value.text).toMatch(/^HTTP\/1\.1 413/)
  // Beyond the limit, only what lies in the buffers of both ends.
  expect(value.sent).toBeLessThan(maxBody + 16 * mib)
  expect(peak).toBeLessThan(maxBody * 2 + 20 * mib)
})

const bomb = Buffer.alloc(short(100, 1_000) * mib, 0x20)
test.each([
  ['gzip', () => gzipSync(bomb)],
  ['x-gzip', () => gzipSync(bomb)],
  ['deflate', () => deflateSync(bomb)],
  ['br', () => brotliCompressSync(bomb.subarray(0, 20 * mib))],
  ['zstd', () => zstdCompressSync(bomb)],
  ['gzip, gzip', () => gzipSync(gzipSync(bomb))],
  ['GZIP', () => gzipSync('{}')],
] as const)('T37: a body in %s is refused unread and unpacked by nobody', async (encoding, pack) => {
  const body = new Uint8Array(pack())
  const headers = {
    authorization: `Bearer ${rig.server.key}`,
    'content-type': 'application/json',
    'content-encoding': encoding,
  }
  const { peak, value } = await peakDuring(() => chat(rig, { body, headers }))
  expect([value.status, codeOf(value.text)]).toEqual([415, 'unsupported_encoding'])
  expect(peak).toBeLessThan(30 * mib)
})

const ask = (stream: boolean) =>
  fetch(`${rig.server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${rig.server.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: vendorModel, stream, messages: [{ role: 'user', content: 'Hi' }] }),
  })

test('T37: of a vendor’s answer that never ends no more is kept than its limit, and its call is closed', async () => {
  vendor.bytes = 1_024 * mib
  const { peak, value } = await peakDuring(async () => {
    const response = await ask(false)
    return { status: response.status, text: await response.text() }
  })
  expect(value.status).toBe(502)
  expect(value.text).toContain('50 MiB')
  // Other candidates are asked after it and answer the same: one at a time.
  expect(peak).toBeLessThan(maxAnswer * 2 + 100 * mib)
  expect(vendor.sent).toBeLessThan(200 * mib)
}, 120_000)

test('T37: a stream of any length goes through, and nothing of it stays', async () => {
  vendor.bytes = short(150, 1_024) * mib
  const { peak, value } = await peakDuring(async () => {
    const response = await ask(true)
    let bytes = 0
    let tail = ''
    for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
      bytes += piece.byteLength
      tail = Buffer.from(piece.subarray(-200)).toString()
    }
    return { status: response.status, bytes, tail }
  })
  expect(value.status).toBe(200)
  expect(value.bytes).toBeGreaterThan(vendor.bytes * 0.99)
  expect(value.tail).toContain('[DONE]')
  expect(peak).toBeLessThan(maxAnswer * 2)
  expect(lives(rig.server.pid)).toBe(true)
  reportFigure(
    'T37',
    `a stream of ${Math.round(value.bytes / mib)} MiB took ${Math.round(peak / mib)} MiB, an endless answer was cut at ${maxAnswer / mib} MiB`,
  )
}, 300_000)
