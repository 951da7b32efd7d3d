import { compareRevisions, replicaId, type Revision } from '@pointsman/contract'
import type { Database } from '@pointsman/registry'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { anyDatabase, openTestDatabase, testClock } from '../testing/start-control.ts'
import { createReplicas, type Replicas } from './replicas.ts'
import { createChance } from '../../../../tests/chance.ts'

/** More of them in .ci/run; elsewhere few, because `npm test` must stay short. */
const seeds = process.env['CI'] === 'true' ? 200 : 40

/** A restored registry counts on from its backup, below what replicas served before, in a new epoch. */
const history: readonly Revision[] = [
  ...[1001, 1002, 1003, 1004].map((number) => ({ epoch: 1, number })),
  ...[1002, 1003, 1004].map((number) => ({ epoch: 2, number })),
]

type Chance = (below: number) => number

type Word = { readonly revision: Revision; readonly problem?: string }

/** One data plane: what it serves, what it said that is still on its way, and what arrived. */
interface Plane {
  readonly id: ReturnType<typeof replicaId>
  readonly kind: 'leased' | 'pull'
  served: Revision | null
  arrived: Revision | null
  leased: boolean
  underway: readonly Word[]
}

let database: Database
let drop: () => Promise<void>
beforeAll(async () => {
  ;({ database, drop } = await openTestDatabase(anyDatabase))
})
afterAll(() => drop())

const isBehind = (revision: Revision | null, wanted: Revision): boolean =>
  revision === null || compareRevisions(revision, wanted) < 0

const expected = (planes: readonly Plane[], wanted: Revision): readonly string[] =>
  planes
    .filter(({ arrived, kind, leased }) => kind === 'leased' && leased && isBehind(arrived, wanted))
    .map(({ id }) => id as string)
    .sort()

async function renew(plane: Plane, replicas: Replicas): Promise<void> {
  await replicas.renewLease({ id: plane.id, host: 'h', title: 't', kind: plane.kind, startedAtMs: 1 })
  plane.leased = true
}

/** A word arrives: any of those that are underway, so that a later one may have been quicker. */
async function deliver(plane: Plane, place: number, replicas: Replicas, again: boolean): Promise<void> {
  const word = plane.underway[place]
  if (word === undefined) return
  await replicas.acknowledge({ replica: plane.id, ...word })
  if (!again) plane.underway = plane.underway.filter((other) => other !== word)
  if (word.problem === undefined && isBehind(plane.arrived, word.revision)) plane.arrived = word.revision
}

async function expire(plane: Plane): Promise<void> {
  await database.query(
    `UPDATE pointsman.replicas SET lease_until = clock_timestamp() - interval '1 s' WHERE id = $1`,
    [plane.id],
  )
  plane.leased = false
}

/** Something happens to a plane: it takes the newest or cannot, a word arrives, doubles or is lost, its lease ends. */
async function happen(plane: Plane, newest: Revision, chance: Chance, replicas: Replicas): Promise<void> {
  switch (chance(6)) {
    case 0:
    case 1:
      if (isBehind(plane.served, newest)) plane.served = newest
      plane.underway = [...plane.underway, { revision: plane.served ?? newest }]
      return
    case 2:
      plane.underway = [...plane.underway, { revision: newest, problem: 'a part is damaged' }]
      return
    case 3:
      return deliver(plane, chance(plane.underway.length + 1), replicas, chance(3) === 0)
    case 4:
      plane.underway = plane.underway.slice(1)
      return
    default:
      return plane.leased ? expire(plane) : renew(plane, replicas)
  }
}

async function play(seed: number): Promise<void> {
  const chance = createChance(seed).below
  const replicas = createReplicas(database, testClock, 0)
  const planes = ['a', 'b', 'c'].map((name): Plane => ({
    ...{ id: replicaId(`${seed}-${name}`), kind: name === 'c' ? 'pull' : 'leased' },
    ...{ served: null, arrived: null, leased: false, underway: [] },
  }))
  let at = 0
  for (const plane of planes) await renew(plane, replicas)
  for (let step = 0; step < 12; step++) {
    if (chance(4) === 0) at = Math.min(at + 1, history.length - 1)
    const newest = history[at] ?? { epoch: 1, number: 1001 }
    const plane = planes[chance(planes.length)]
    if (plane !== undefined) await happen(plane, newest, chance, replicas)
    if (chance(2) === 0)
      expect([...(await replicas.settled(newest)).pending].sort(), `seed ${seed}, step ${step}`).toEqual(
        expected(planes, newest),
      )
  }
  const newest = history[at] ?? { epoch: 1, number: 1001 }
  for (const plane of planes) {
    if (!plane.leased) await renew(plane, replicas)
    // What was lost stays owed, and goes with the next renewal; what is late comes after it.
    await replicas.acknowledge({ replica: plane.id, revision: newest })
    for (const word of plane.underway) await replicas.acknowledge({ replica: plane.id, ...word })
  }
  expect((await replicas.settled(newest)).pending, `seed ${seed}`).toEqual([])
  for (const plane of planes) await replicas.leave(plane.id)
}

test('T27: a switch waits for whoever has not said that it serves, whatever is lost, late, doubled or comes back', async () => {
  for (let seed = 1; seed <= seeds; seed++) await play(seed)
}, 120_000)

test('a switch waits no longer for a late replica when the wall clock is set back meanwhile', async () => {
  let setBackMs = 0
  const clock = { ...testClock, nowMs: () => testClock.nowMs() - setBackMs }
  const replicas = createReplicas(database, clock, 100)
  const late = { id: replicaId('late'), host: 'h', title: 't', kind: 'leased', startedAtMs: 1 } as const
  await replicas.renewLease(late)
  const settled = replicas.settled({ epoch: 1, number: 1_001 })
  setBackMs = 3_600_000
  expect((await settled).pending).toEqual([late.id])
  await replicas.leave(late.id)
})
