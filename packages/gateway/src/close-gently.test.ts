import { once } from 'node:events'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Exchange } from './exchange.ts'
import { createListener, type Listener } from './node-listener.ts'
import type { UnsentBytes } from './stall-watch.ts'

/* A client that sends a long body before it reads the answer, which did not wait for that. */

const lingerMs = 10_000
const requestTimeoutMs = 60_000

async function refuse({ client }: Exchange): Promise<void> {
  client.head(401, [])
  client.end()
}

/** In place of `expect.poll`, which lets the time go on. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate)
}

interface Sender {
  readonly client: Socket
  /** The listener's side of it. */
  readonly served: Socket
  readonly listener: Listener
}

interface Setting {
  readonly bodyMs?: number
  readonly handle?: (exchange: Exchange) => Promise<void>
  readonly unsentBytes?: UnsentBytes
}

/** One that has sent nothing of its body. */
async function asked(framing: string, setting: Setting = {}): Promise<Sender> {
  const { bodyMs = requestTimeoutMs, handle = refuse, ...others } = setting
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  // `idleMs` is by a clock that goes on, and nothing to a connection whose body still comes.
  const limits = {
    lingerMs,
    requestTimeoutMs: bodyMs,
    idleMs: 1,
    headersTimeoutMs: bodyMs,
    checkEveryMs: 1,
  }
  const listener = createListener({ handle, nowUs: () => 0, onFailure: () => undefined, limits, ...others })
  onTestFinished(() => {
    vi.useRealTimers()
    return listener.stop(0)
  })
  listener.server.listen(0, '127.0.0.1')
  await once(listener.server, 'listening')
  const accepted = once(listener.server, 'connection') as Promise<[Socket]>
  const client = connect((listener.server.address() as AddressInfo).port, '127.0.0.1')
  client.on('error', () => undefined)
  client.write(`POST /a HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${framing}`)
  const [served] = await accepted
  return { client, served, listener }
}

/** One that was answered, too. */
async function answered(framing: string, setting?: Setting): Promise<Sender> {
  const sender = await asked(framing, setting)
  await until(() => sender.served.writableFinished)
  return sender
}

async function sendPiece({ client, served }: Sender): Promise<void> {
  const before = served.bytesRead
  client.write(Buffer.alloc(1_000))
  await until(() => served.destroyed || served.bytesRead > before)
}

/** A piece of the body every few seconds, for so long or until nobody takes one any more. */
async function sendFor(ms: number, sender: Sender): Promise<void> {
  for (let passedMs = 0; passedMs < ms; passedMs += 4_000) {
    await sendPiece(sender)
    await vi.advanceTimersByTimeAsync(4_000)
  }
}

const framings = [
  ['of a told length', 'content-length: 10000000\r\n\r\n'],
  ['in chunks', 'transfer-encoding: chunked\r\n\r\n989680\r\n'],
] as const

test.each(framings)('is heard for as long as a body %s may take', async (_, framing) => {
  const sender = await answered(framing)
  await sendFor(requestTimeoutMs - lingerMs, sender)
  expect(sender.served.destroyed).toBe(false)
  await once(sender.client, 'readable')
  expect(String(sender.client.read())).toMatch(/^HTTP\/1\.1 401 /)
  await sendFor(2 * lingerMs, sender)
  expect(sender.served.destroyed).toBe(true)
})

test.each(framings)('is let go where nothing more comes of a body %s', async (_, framing) => {
  const sender = await answered(framing)
  await sendFor(lingerMs, sender)
  await vi.advanceTimersByTimeAsync(lingerMs)
  expect(sender.served.destroyed).toBe(true)
})

test('is heard on where the rest of a short body came too late', async () => {
  const sender = await answered('content-length: 10000\r\n\r\n', { bodyMs: 100 })
  await sendPiece(sender)
  expect(sender.served.destroyed).toBe(false)
  await once(sender.client, 'readable')
  expect(String(sender.client.read())).toMatch(/^HTTP\/1\.1 408 /)
})

test('who takes the answer is there for as long as it takes some of it, and no longer', async () => {
  let leftBytes = 3_000_000
  let takenBytes = 1_000
  const { served } = await answered('content-length: 10000000\r\n\r\n', {
    unsentBytes: () => Promise.resolve((leftBytes -= takenBytes)),
  })
  await vi.advanceTimersByTimeAsync(3 * requestTimeoutMs)
  expect(served.destroyed).toBe(false)
  takenBytes = 0
  await vi.advanceTimersByTimeAsync(2 * lingerMs)
  expect(served.destroyed).toBe(true)
})

describe('a stop', () => {
  const graceMs = 25_000
  const body = 'content-length: 10000000\r\n\r\n'
  const allTaken: UnsentBytes = () => Promise.resolve(0)

  test.each([
    ['sends nothing more', 0],
    ['still sends', 100],
  ])('gives who was refused and %s a moment to read that', async (_, pieces) => {
    const sender = await answered(body, { unsentBytes: allTaken })
    const stopped = sender.listener.stop(graceMs)
    await vi.advanceTimersByTimeAsync(800)
    expect(sender.served.destroyed).toBe(false)
    for (let piece = 0; piece < pieces && !sender.served.destroyed; piece += 1) {
      await sendPiece(sender)
      await vi.advanceTimersByTimeAsync(100)
    }
    await vi.advanceTimersByTimeAsync(400)
    expect(sender.served.destroyed).toBe(true)
    await stopped
  })

  test('does so, too, where the answer comes after it', async () => {
    let answer = (): void => undefined
    const handle = (exchange: Exchange): Promise<void> => {
      answer = () => void refuse(exchange)
      return Promise.resolve()
    }
    const { client, listener, served } = await asked(body, { handle, unsentBytes: allTaken })
    await until(() => served.bytesRead > 0)
    const stopped = listener.stop(graceMs)
    await vi.advanceTimersByTimeAsync(2_000)
    answer()
    await once(client, 'readable')
    expect(String(client.read())).toMatch(/^HTTP\/1\.1 401 /)
    await vi.advanceTimersByTimeAsync(1_200)
    expect(served.destroyed).toBe(true)
    await stopped
  })

  test('leaves to the limit for who lingers whose system does not say what was taken', async () => {
    const { listener, served } = await answered(body)
    const stopped = listener.stop(graceMs)
    await vi.advanceTimersByTimeAsync(4_000)
    expect(served.destroyed).toBe(false)
    await vi.advanceTimersByTimeAsync(lingerMs)
    expect(served.destroyed).toBe(true)
    await stopped
  })

  test('waits for who still has to take some of the answer', async () => {
    let leftBytes = 3_000
    const { listener, served } = await answered(body, { unsentBytes: () => Promise.resolve(leftBytes) })
    const stopped = listener.stop(graceMs)
    await vi.advanceTimersByTimeAsync(4_000)
    expect(served.destroyed).toBe(false)
    leftBytes = 0
    await vi.advanceTimersByTimeAsync(1_200)
    expect(served.destroyed).toBe(true)
    await stopped
  })
})
