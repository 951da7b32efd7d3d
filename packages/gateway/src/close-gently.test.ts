import { once } from 'node:events'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Exchange } from './exchange.ts'
import { createListener } from './node-listener.ts'

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
}

/** One that was answered, and has sent nothing of its body. */
async function answered(framing: string, bodyMs = requestTimeoutMs): Promise<Sender> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  // `idleMs` is by a clock that goes on, and nothing to a connection whose body still comes.
  const limits = {
    lingerMs,
    requestTimeoutMs: bodyMs,
    idleMs: 1,
    headersTimeoutMs: bodyMs,
    checkEveryMs: 1,
  }
  const listener = createListener({ handle: refuse, nowUs: () => 0, onFailure: () => undefined, limits })
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
  await until(() => served.writableFinished)
  return { client, served }
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
  await sendFor(lingerMs, sender)
  expect(sender.served.destroyed).toBe(true)
})

test.each(framings)('is let go where nothing more comes of a body %s', async (_, framing) => {
  const sender = await answered(framing)
  await sendFor(lingerMs, sender)
  await vi.advanceTimersByTimeAsync(lingerMs)
  expect(sender.served.destroyed).toBe(true)
})

test('is heard on where the rest of a short body came too late', async () => {
  const sender = await answered('content-length: 10000\r\n\r\n', 100)
  await sendPiece(sender)
  expect(sender.served.destroyed).toBe(false)
  await once(sender.client, 'readable')
  expect(String(sender.client.read())).toMatch(/^HTTP\/1\.1 408 /)
})
