import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createDatabase, serverVariable } from '../../../../tools/postgres-for-tests.ts'
import { matching } from '../testing/matching.ts'
import { openServer } from './open-server.ts'
import { areShared } from './shared-sessions.ts'

/** Answers with these sessions, one after the other. */
const asked = (...sessions: readonly number[]) => {
  const left = [...sessions]
  return () => Promise.resolve(left.shift())
}

test('two connections with a session each are not shared, others are', async () => {
  expect(await areShared(asked(1, 1), asked(2, 2))).toBe(false)
  // The session that was given back last.
  expect(await areShared(asked(1, 1), asked(1, 1))).toBe(true)
  // In turn, of two and of more.
  expect(await areShared(asked(1, 2), asked(2, 1))).toBe(true)
  expect(await areShared(asked(1, 4), asked(2, 3))).toBe(true)
  // Somebody else took one meanwhile.
  expect(await areShared(asked(1, 3), asked(2, 2))).toBe(true)
})

// Where a machine has no PostgreSQL; in CI there is one, and POINTSMAN_REQUIRE_POSTGRES fails the run without it.
describe.runIf(process.env[serverVariable])('a server behind a pooler', () => {
  test('in transaction mode is refused, with what to do', async () => {
    const made = await createDatabase()
    const pooler = await poolerOf(made?.url ?? '')
    await expect(openServer({ url: pooler.url })).rejects.toMatchObject({
      code: 'refused',
      message: matching(/transaction mode.*pool_mode = session/),
    })
    pooler.stop()
    await made?.drop()
  })
})

const readyForQuery = 'Z'
const isIdle = (message: Buffer): boolean => message.toString('latin1', 5, 6) === 'I'

/** Whole messages of a server: a letter, and a length that counts itself. */
function messagesOf(take: (message: Buffer) => void): (bytes: Buffer) => void {
  let rest = Buffer.alloc(0)
  return (bytes) => {
    rest = Buffer.concat([rest, bytes])
    while (rest.length >= 5 && rest.length > rest.readInt32BE(1)) {
      const size = 1 + rest.readInt32BE(1)
      take(rest.subarray(0, size))
      rest = rest.subarray(size)
    }
  }
}

/** One session for all connections, each of which has it for a transaction. */
async function poolerOf(url: string): Promise<{ readonly url: string; readonly stop: () => void }> {
  const address = new URL(url)
  const session = connect(Number(address.port), address.hostname)
  const sockets = new Set<Socket>([session])
  const waiting: { readonly client: Socket; readonly bytes: Buffer }[] = []
  let greeting: Buffer[] = []
  let isGreeted = false
  let owner: Socket | null = null
  const next = (): void => {
    const first = waiting.shift()
    owner = first?.client ?? null
    if (first !== undefined) session.write(first.bytes)
  }
  session.on('error', () => undefined)
  session.on(
    'data',
    messagesOf((message) => {
      if (!isGreeted) greeting.push(Buffer.from(message))
      owner?.write(Buffer.from(message))
      if (message.toString('latin1', 0, 1) !== readyForQuery) return
      isGreeted = true
      if (isIdle(message)) next()
    }),
  )
  const server = createServer((client) => {
    sockets.add(client)
    client.on('error', () => undefined)
    let isIn = false
    client.on('data', (bytes: Buffer) => {
      if (!isIn && isGreeted) {
        client.write(Buffer.concat(greeting))
      } else if (bytes.toString('latin1', 0, 1) !== 'X') {
        if (owner === null || owner === client) {
          owner = client
          session.write(bytes)
        } else waiting.push({ client, bytes })
      }
      isIn = true
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  address.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const stop = (): void => {
    server.close()
    for (const socket of sockets) socket.destroy()
    greeting = []
  }
  return { url: address.href, stop }
}
