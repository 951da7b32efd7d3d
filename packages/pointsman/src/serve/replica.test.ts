import { modelId, type HeldCircuit } from '@pointsman/contract'
import type { Replicas } from '@pointsman/control'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createReplica, type Replica } from './replica.ts'

/** The registry's side: notes what is acknowledged, and is away when told. */
class NotedReplicas implements Replicas {
  readonly heard: (readonly [revision: number, problem: string | undefined])[] = []
  readonly circuits: unknown[] = []
  renewals = 0
  away = false
  renewLease({ circuits }: Parameters<Replicas['renewLease']>[0]): Promise<void> {
    if (this.away) return Promise.reject(new Error('registry away'))
    this.renewals++
    this.circuits.push(circuits)
    return Promise.resolve()
  }
  acknowledge({ revision, problem }: Parameters<Replicas['acknowledge']>[0]): Promise<void> {
    if (this.away) return Promise.reject(new Error('registry away'))
    this.heard.push([revision.number, problem])
    return Promise.resolve()
  }
  leave = (): Promise<void> => Promise.resolve()
  list = () => Promise.resolve([])
  settled = () => Promise.resolve({ pending: [], unheard: [] })
  behind = () => Promise.resolve({ pending: [], unheard: [] })
  review = () => Promise.resolve()
}

const revision = (number: number) => ({ epoch: 1, number })
let replicas: NotedReplicas
let replica: Replica
const logged: string[] = []
beforeEach(async () => {
  vi.useFakeTimers()
  logged.length = 0
  replicas = new NotedReplicas()
  replica = createReplica((_level, event) => void logged.push(event))
  await replica.join(replicas)
})
afterEach(async () => {
  await replica.leave()
  vi.useRealTimers()
})

test('acknowledges each revision once, and renews its lease without repeating it', async () => {
  replica.applied(revision(1))
  await vi.advanceTimersByTimeAsync(60_000)
  replica.applied(revision(2))
  await vi.advanceTimersByTimeAsync(60_000)
  expect(replicas.heard).toEqual([
    [1, undefined],
    [2, undefined],
  ])
  expect(replicas.renewals).toBe(25)
})

test('renewals that hang do not pile up', async () => {
  let hanging: ((error: Error) => void)[] = []
  replicas.renewLease = () => new Promise<never>((_, reject) => void hanging.push(reject))
  await vi.advanceTimersByTimeAsync(60_000)
  expect(hanging).toHaveLength(1)
  hanging[0]?.(new Error('registry away'))
  hanging = []
  await vi.advanceTimersByTimeAsync(0)
  expect(logged).toEqual(['lease_not_renewed'])
  // Once more for those that were asked for meanwhile.
  expect(hanging).toHaveLength(1)
  hanging[0]?.(new Error('registry away'))
})

test('tells of its circuits soon, together, and with each renewal', async () => {
  const nova = { modelId: modelId('nova'), region: 'r', sinceMs: 1, untilMs: 2, cause: 'failures' } as const
  let held: readonly HeldCircuit[] = []
  const own = new NotedReplicas()
  const teller = createReplica(
    () => undefined,
    () => held,
  )
  await teller.join(own)
  held = [nova]
  for (let moved = 0; moved < 5; moved++) teller.circuitsMoved()
  await vi.advanceTimersByTimeAsync(300)
  expect(own.circuits).toEqual([[], [nova]])
  await vi.advanceTimersByTimeAsync(5_000)
  expect(own.circuits).toEqual([[], [nova], [nova]])
  teller.circuitsMoved()
  await teller.leave()
  await vi.advanceTimersByTimeAsync(30_000)
  expect(own.circuits).toHaveLength(3)
})

test('says why it cannot take a revision, and that it can take a later one', async () => {
  replica.applied(revision(1))
  replica.refused(revision(2), 'alias a leads nowhere')
  await vi.advanceTimersByTimeAsync(30_000)
  replica.applied(revision(3))
  await vi.advanceTimersByTimeAsync(30_000)
  expect(replicas.heard).toEqual([
    [1, undefined],
    [2, 'alias a leads nowhere'],
    [3, undefined],
  ])
})

test('what was lost goes with the next renewal', async () => {
  replicas.away = true
  replica.applied(revision(1))
  await vi.advanceTimersByTimeAsync(6_000)
  expect(logged).toContain('revision_not_acknowledged')
  replicas.away = false
  await vi.advanceTimersByTimeAsync(60_000)
  expect(replicas.heard).toEqual([[1, undefined]])
})

test('all is said again after a lease that ran out, because the registry may have forgotten it', async () => {
  replica.applied(revision(1))
  replica.refused(revision(2), 'no')
  await vi.advanceTimersByTimeAsync(1_000)
  replicas.away = true
  await vi.advanceTimersByTimeAsync(60_000)
  replicas.away = false
  await vi.advanceTimersByTimeAsync(30_000)
  expect(replicas.heard).toEqual([
    [1, undefined],
    [2, 'no'],
    [1, undefined],
    [2, 'no'],
  ])
})
