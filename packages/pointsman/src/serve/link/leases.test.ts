import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import {
  defaultWorkspace,
  keyId,
  modelId,
  requestId,
  unknownUsage,
  type Key,
  type UsageRecord,
} from '@pointsman/contract'
import { principalOfKey } from '@pointsman/core'
import { createLimits, createMemoryLedger, type LeaseAsk, type LimitLeases } from '@pointsman/gateway'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createHeldSlots, createLinkLeases } from './leases.ts'
import { createPeer, type Answers, type Peer } from './peer.ts'
import type { ToControl } from './questions.ts'

/* Limits of keys as workers have them: over a socket, from the counts of their host. */

const ask = (kind: LeaseAsk['kind'], amount: number, limit: number): LeaseAsk => ({
  ...{ budget: 'k', kind, windowMs: 0, limit, amount },
})

let ledger: LimitLeases
let server: Server
let answersAfter: Promise<unknown>
const sockets: Socket[] = []
beforeEach(async () => {
  answersAfter = Promise.resolve()
  ledger = createMemoryLedger({ nowMs: () => 0, opening: () => 0 })
  server = createServer((socket) => {
    const slots = createHeldSlots(ledger)
    const answers: Partial<Answers<ToControl>> = {
      lease: async (asks) => {
        await answersAfter
        return slots.lease(asks)
      },
      charge: async (changes) => {
        slots.charge(changes)
        return null
      },
    }
    createPeer(socket, answers as Answers<ToControl>, () => slots.release())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  server.close()
})

async function worker(whenAway: 'count' | 'refuse' = 'count') {
  let peer: Peer<ToControl> | null = null
  const leases = createLinkLeases(() => peer, whenAway)
  const link = async (instance: string | null = 'first'): Promise<Socket> => {
    const socket = await linked()
    const made = createPeer<ToControl, object>(socket, {}, () => {
      peer = null
    })
    peer = made
    leases.opened(instance ?? undefined)
    return socket
  }
  const lose = async (socket: Socket): Promise<void> => {
    socket.destroy()
    await once(socket, 'close')
  }
  return { socket: await link(), leases, link, lose }
}
async function linked(): Promise<Socket> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  sockets.push(socket)
  await once(socket, 'connect')
  return socket
}
const leased = async (leases: LimitLeases, one: LeaseAsk): Promise<number> =>
  (await leases.lease([one]))[0] ?? Number.NaN

test('workers together are granted a limit once, however many ask at once', async () => {
  const workers = await Promise.all([worker(), worker(), worker()])
  const asks = workers.flatMap(({ leases }) =>
    Array.from({ length: 200 }, () => leased(leases, ask('requests', 1, 100))),
  )
  const granted = (await Promise.all(asks)).reduce((sum, one) => sum + one, 0)
  expect(granted).toBe(100)
})

test('the slots of a worker that dies are free again, what it spent is not', async () => {
  const [dying, other] = await Promise.all([worker(), worker()])
  expect(await leased(dying.leases, ask('concurrent', 3, 3))).toBe(3)
  expect(await leased(dying.leases, ask('spend-day', 70, 100))).toBe(70)
  expect(await leased(other.leases, ask('concurrent', 1, 3))).toBe(0)
  dying.socket.destroy()
  await once(dying.socket, 'close')
  await expect.poll(() => leased(other.leases, ask('concurrent', 3, 3))).toBe(3)
  expect(await leased(other.leases, ask('spend-day', 100, 100))).toBe(30)
})

test('without its host a worker counts by itself up to the limit, or refuses with 503', async () => {
  const [counting, refusing] = await Promise.all([worker(), worker('refuse')])
  for (const { socket } of [counting, refusing]) {
    socket.destroy()
    await once(socket, 'close')
  }
  expect(await leased(counting.leases, ask('requests', 8, 10))).toBe(8)
  expect(await leased(counting.leases, ask('requests', 8, 10))).toBe(2)
  await expect(leased(refusing.leases, ask('requests', 1, 10))).rejects.toMatchObject({
    code: 'registry_unavailable',
    status: 503,
    details: { retryAfterMs: 1_000 },
  })
})

test('a host that hangs is waited for once; what it grants too late goes back', async () => {
  const { leases } = await worker()
  let answer = (): void => undefined
  answersAfter = new Promise<void>((resolve) => {
    answer = resolve
  })
  expect(await leased(leases, ask('requests', 6, 10))).toBe(6)
  const startedMs = performance.now()
  expect(await leased(leases, ask('requests', 6, 10))).toBe(4)
  expect(performance.now() - startedMs).toBeLessThan(500)
  answer()
  const { leases: other } = await worker()
  await expect.poll(() => leased(other, ask('requests', 10, 10))).toBe(10)
})

test('a worker whose link was lost gives back no slots of others', async () => {
  const host = createMemoryLedger({ nowMs: () => 0, opening: () => 0 })
  const slots = ask('concurrent', 5, 5)
  const lost = createHeldSlots(host)
  expect(await lost.lease([{ ...slots, amount: 3 }])).toEqual([3])
  lost.release()
  expect(await createHeldSlots(host).lease([slots])).toEqual([5])
  const again = createHeldSlots(host)
  again.charge([{ ...slots, amount: -3 }])
  expect(host.used?.(slots)).toBe(5)
  // What is spent is no slot: it is given back on whatever link.
  again.charge([{ ...ask('spend-day', 0, 9), amount: 7 }])
  createHeldSlots(host).charge([{ ...ask('spend-day', 0, 9), amount: -2 }])
  expect(host.used?.(ask('spend-day', 0, 9))).toBe(5)
})

test('slots that are granted when the link is gone already are free again', async () => {
  const host = createMemoryLedger({ nowMs: () => 0, opening: () => 0 })
  const held = createHeldSlots({ ...host, lease: async (asks) => host.lease(asks) })
  const granted = held.lease([ask('concurrent', 3, 5)])
  held.release()
  await granted
  expect(host.used?.(ask('concurrent', 0, 5))).toBe(0)
})

test('slots under way count again once the link is back, those that were taken without it too', async () => {
  const [flapping, other] = await Promise.all([worker(), worker()])
  const slots = ask('concurrent', 5, 5)
  const used = () => ledger.used?.(slots)
  expect(await leased(flapping.leases, { ...slots, amount: 3 })).toBe(3)
  flapping.socket.destroy()
  await once(flapping.socket, 'close')
  await expect.poll(used).toBe(0)
  // Three of its five are under way.
  expect(await leased(flapping.leases, slots)).toBe(2)
  flapping.leases.charge([{ ...slots, amount: -1 }])
  await flapping.link()
  await expect.poll(used).toBe(4)
  expect(await leased(other.leases, slots)).toBe(1)
  flapping.leases.charge([{ ...slots, amount: -4 }])
  await expect.poll(used).toBe(1)
  // And nothing is left of them when it counts by itself again.
  expect(await leased(flapping.leases, { ...slots, amount: 4 })).toBe(4)
})

test('slots that were taken while the host was late are told to it; what ends of them meanwhile takes nothing of others', async () => {
  const { leases } = await worker()
  const slots = ask('concurrent', 2, 5)
  const used = () => ledger.used?.(slots)
  expect(await leased(leases, { ...slots, amount: 1 })).toBe(1)
  let answer = (): void => undefined
  answersAfter = new Promise<void>((resolve) => {
    answer = resolve
  })
  expect(await leased(leases, slots)).toBe(2)
  leases.charge([{ ...slots, amount: -1 }])
  expect(used()).toBe(1)
  answer()
  await expect.poll(used).toBe(2)
})

test('what a worker granted itself while the link was away is not given back to the host once it is there', async () => {
  const [flapping, other] = await Promise.all([worker(), worker()])
  const spend = ask('spend-day', 0, 100)
  expect(await leased(other.leases, { ...spend, amount: 60 })).toBe(60)
  flapping.socket.destroy()
  await once(flapping.socket, 'close')
  expect(await leased(flapping.leases, { ...spend, amount: 30 })).toBe(30)
  await flapping.link()
  expect(await leased(flapping.leases, { ...spend, amount: 10 })).toBe(10)
  // Of its forty it used two.
  flapping.leases.charge([{ ...spend, amount: -38 }])
  await expect.poll(() => ledger.used?.(spend)).toBe(62)
})

test('what a worker used beyond its grants while the link was away is told to the host once it is there', async () => {
  const { leases, link, lose, socket } = await worker()
  const spend = ask('spend-day', 0, 100)
  expect(await leased(leases, { ...spend, amount: 10 })).toBe(10)
  await lose(socket)
  leases.charge([{ ...spend, amount: 5 }])
  await link()
  expect(await leased(leases, { ...spend, amount: 10 })).toBe(10)
  // Of its twenty-five it used nineteen.
  leases.charge([{ ...spend, amount: -6 }])
  await expect.poll(() => ledger.used?.(spend)).toBe(19)
})

const key: Key = {
  ...{ id: keyId('k'), name: 'ward', workspace: defaultWorkspace, digest: '00', scopes: ['invoke'] },
  ...{ routes: null, models: null, requestsPerMinute: null, spendPerDayNanoUsd: null, expiresAtMs: null },
  spendPerMonthNanoUsd: 100,
}
/** A worker's limits of one key over its link, and what the host has of them. */
async function limited() {
  const made = await worker()
  const nowMs = Date.UTC(2026, 10, 21, 12)
  const limits = createLimits({ keyOf: () => key, leases: made.leases, share: 1 / 20 })
  const month = { budget: key.id, kind: 'spend-month', windowMs: Date.UTC(2026, 10) } as const
  let begun = 0
  const begin = async (costNanoUsd: number): Promise<(used: number) => void> => {
    const id = requestId(`r${++begun}`)
    const principal = principalOfKey(key, nowMs)
    if (principal === null) throw new Error('the key has ended')
    await limits.reserve({ requestId: id, principal, estimate: () => ({ tokens: 0, costNanoUsd }) }, nowMs)
    return (used) => {
      const record = { requestId: id, modelId: modelId('m'), usage: unknownUsage, costNanoUsd: used }
      limits.settle(record as UsageRecord, nowMs)
    }
  }
  const idle = (): void => {
    for (let look = 0; look < 4; look++) limits.tend(nowMs)
  }
  return { ...made, begin, idle, counted: () => ledger.used?.(month) }
}

test('a slice that lies idle while the link is away goes back to the host once it is there', async () => {
  const { begin, counted, idle, link, lose, socket } = await limited()
  let present = socket
  for (let loss = 0; loss < 3; loss++) {
    const settle = await begin(20)
    await lose(present)
    settle(1)
    idle()
    present = await link()
    idle()
    await expect.poll(counted).toBe(loss + 1)
  }
})

test('a control process that took another one’s place gets back nothing that it did not grant', async () => {
  const { begin, counted, idle, link, lose, socket } = await limited()
  const settle = await begin(20)
  ;(await begin(1))(1)
  await lose(socket)
  // It begins with what the records know of.
  ledger = createMemoryLedger({ nowMs: () => 0, opening: () => 80 })
  await link('second')
  idle()
  expect(counted()).toBe(80)
  // Of what was under way it learns what is used of it.
  settle(2)
  await expect.poll(counted).toBe(82)
  ;(await begin(3))(3)
  idle()
  await expect.poll(counted).toBe(85)
})

test('what a worker granted itself is in the records that another control process begins with', async () => {
  const { begin, counted, idle, link, lose, socket } = await limited()
  await lose(socket)
  ;(await begin(20))(10)
  ledger = createMemoryLedger({ nowMs: () => 0, opening: () => 10 })
  await link('second')
  ;(await begin(3))(3)
  idle()
  await expect.poll(counted).toBe(13)
})

test('a control process that does not tell who it is may be another', async () => {
  const { begin, counted, idle, link, lose, socket } = await limited()
  ;(await begin(20))(1)
  await expect.poll(counted).toBe(11)
  await lose(socket)
  await lose(await link(null))
  await link(null)
  idle()
  ;(await begin(1))(1)
  idle()
  await expect.poll(counted).toBe(12)
})
