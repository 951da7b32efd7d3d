import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Exchange } from '@pointsman/gateway'
import { createListener, type Listener } from '@pointsman/gateway/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { unsentBytes } from './unsent-bytes.ts'

const portOf = (address: unknown): number => {
  if (typeof address === 'object' && address !== null && 'port' in address) return Number(address.port)
  throw new Error('no port')
}

/** Takes so many bytes at most at a time, until it has them all or the connection is over. */
async function readSlowly(client: Socket, wantedBytes: number): Promise<number> {
  const gone = { yet: false }
  client.pause()
  client.on('error', () => client.destroy()).on('close', () => (gone.yet = true))
  let bytes = 0
  while (!gone.yet && bytes < wantedBytes) {
    await sleep(60)
    const piece = client.read(Math.min(60_000, client.readableLength)) as Buffer | null
    bytes += piece?.byteLength ?? 0
  }
  return bytes
}

/** More than the system takes of it at once, and left for longer than nothing may be taken. */
const answerBytes = 8_000_000
async function whole(exchange: Exchange): Promise<void> {
  await exchange.readBody(10)
  exchange.client.head(200, ['content-type', 'application/octet-stream'])
  exchange.client.end(new Uint8Array(answerBytes))
}

let listener: Listener
let port: number
beforeAll(async () => {
  listener = createListener({
    ...{ handle: whole, nowUs: () => 0, onFailure: () => undefined, unsentBytes },
    // Longer than a busy machine leaves a reader alone, shorter than the whole of what is read slowly.
    limits: { writeStallMs: 1_500, lingerMs: 1_500 },
  })
  listener.server.listen(0, '127.0.0.1')
  await once(listener.server, 'listening')
  port = portOf(listener.server.address())
})
afterAll(() => listener.stop(0))

const byFastLane = 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n'
const byNode = 'GET / HTTP/1.1\r\nhost: x\r\n'

// What it reads is Linux's own; elsewhere it says that it does not know.
describe.runIf(process.platform === 'linux')('what a client has not taken', () => {
  test.each(['127.0.0.1', '::1', '::ffff:127.0.0.1'])('is told of a connection: %s', async (host) => {
    const server = createServer().listen(0, host.includes('ffff') ? '::' : host)
    await once(server, 'listening')
    const client = connect({ port: portOf(server.address()), host: host.replace('::ffff:', '') })
    const [served] = (await once(server, 'connection')) as [Socket]
    await expect.poll(() => unsentBytes(served), { interval: 150 }).toBe(0)
    served.write(Buffer.alloc(30_000_000))
    await expect.poll(() => unsentBytes(served), { interval: 150 }).toBeGreaterThan(100_000)
    client.resume()
    await expect.poll(() => unsentBytes(served), { interval: 150 }).toBe(0)
    client.destroy()
    served.destroy()
    server.close()
    await expect.poll(() => unsentBytes(served), { interval: 150 }).toBeNull()
  })

  test.concurrent.each([
    ['the fast lane', `${byFastLane}\r\n{}`],
    ['the fast lane, to its last byte', `${byFastLane}connection: close\r\n\r\n{}`],
    ['Node', `${byNode}\r\n`],
    ['Node, to its last byte', `${byNode}connection: close\r\n\r\n`],
  ])('does not end an answer that is taken slowly: %s', async (_, request) => {
    const client = connect({ port, host: '127.0.0.1' })
    client.write(request)
    expect(await readSlowly(client, answerBytes)).toBeGreaterThanOrEqual(answerBytes)
    client.destroy()
  })

  test('ends one of which nothing is taken', async () => {
    const served = once(listener.server, 'connection') as Promise<[Socket]>
    const client = connect({ port, host: '127.0.0.1' })
    client.on('error', () => client.destroy())
    client.write(`${byFastLane}\r\n{}`)
    await once((await served)[0], 'close')
    client.destroy()
  })
})
