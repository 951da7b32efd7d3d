import { expect, test } from 'vitest'
import { compareRevisions, type Revision, type Snapshot } from '@pointsman/contract'
import type { SnapshotSource } from './ports.ts'
import { createSnapshotHolder } from './snapshot-holder.ts'
import type { LastGood, SnapshotHolder } from './snapshot-state.ts'
import { snapshotOf } from './testing/catalogue.ts'
import { nodeDigests } from './testing/digests.ts'
import { createManualClock } from './testing/manual-clock.ts'
import { createChance } from '../../../tests/chance.ts'
import { reportFigure } from '../../../tests/faults/figures.ts'

/** A restored registry: the epoch rises while the number falls. */
const revisions: readonly Revision[] = [
  ...[1, 2, 3, 4].map((number) => ({ epoch: 1, number })),
  ...[2, 3].map((number) => ({ epoch: 2, number })),
  ...[1, 2].map((number) => ({ epoch: 3, number })),
]
const history = revisions.map((revision, index) =>
  snapshotOf({ revision, models: ['a', 'b'], target: index % 2 === 0 ? 'a' : 'b' }),
)
const partByHash = new Map(
  history.flatMap(({ manifest, parts }) => manifest.parts.map(({ hash }, index) => [hash, parts[index]])),
)

/** All of them in .ci/run; elsewhere fewer, because `npm test` must stay short. */
const isLong = process.env['CI'] === 'true' || process.env['POINTSMAN_SOAK'] === '1'
const seeds = isLong ? 4_000 : 1_500

type Chance = (below: number) => number

interface World {
  readonly chance: Chance
  /** Place in the history of what the registry has published. */
  newest: number
  healthy: boolean
}

/** What one replica hears of the registry: late, failing, or an older answer that was overtaken on its way. */
class Way implements SnapshotSource {
  readonly #world: World
  #listener: (() => void) | null = null
  constructor(world: World) {
    this.#world = world
  }
  async latest() {
    const { chance, healthy, newest } = this.#world
    if (!healthy && chance(5) === 0) throw new Error('away')
    return history[healthy || chance(4) > 0 ? newest : chance(newest + 1)]?.manifest ?? null
  }
  async parts(hashes: readonly string[]) {
    if (!this.#world.healthy && this.#world.chance(5) === 0) throw new Error('away')
    return hashes.flatMap((hash) => partByHash.get(hash) ?? [])
  }
  onChange(listener: () => void): () => void {
    this.#listener = listener
    return () => (this.#listener = null)
  }
  notify(): void {
    this.#listener?.()
  }
}

/** One replica over all its lives, on one folder. */
class Life {
  readonly #world: World
  readonly #lastGood: LastGood
  #way: Way
  holder: SnapshotHolder
  /** Of the present life. */
  applied: Revision[] = []
  constructor(world: World) {
    this.#world = world
    let kept: Snapshot | null = null
    this.#lastGood = {
      save: async (manifest, parts) => void (kept = { manifest, parts }),
      load: async () => kept,
    }
    ;[this.#way, this.holder] = this.#begin()
  }
  #begin(): [Way, SnapshotHolder] {
    const way = new Way(this.#world)
    const applied: Revision[] = []
    this.applied = applied
    const holder = createSnapshotHolder(way, {
      digests: nodeDigests,
      clock: createManualClock(),
      log: () => undefined,
      lastGood: this.#lastGood,
      onApplied: (snapshot) => applied.push(snapshot.revision),
    })
    return [way, holder]
  }
  async dieAndComeBack(): Promise<void> {
    this.holder.close()
    ;[this.#way, this.holder] = this.#begin()
    await this.holder.start()
  }
  notify(): void {
    this.#way.notify()
  }
  /** What must hold at every moment. */
  check(seed: number): void {
    for (const [index, revision] of this.applied.entries()) {
      const before = this.applied[index - 1]
      if (before !== undefined && compareRevisions(revision, before) <= 0)
        throw new Error(`seed ${seed}: ${JSON.stringify(before)} was followed by ${JSON.stringify(revision)}`)
    }
    if (this.holder.revision() !== null && this.holder.pin().routes.size === 0)
      throw new Error(`seed ${seed}: no route is served`)
  }
}

async function play(seed: number): Promise<readonly (Revision | null)[]> {
  const world: World = { chance: createChance(seed).below, newest: 0, healthy: false }
  const { chance } = world
  const replicas = [new Life(world), new Life(world), new Life(world)]
  for (const replica of replicas) await replica.holder.start()
  for (let step = 0; step < 10; step++) {
    const replica = replicas[chance(replicas.length)]
    if (chance(3) === 0) world.newest = Math.min(world.newest + 1 + chance(2), history.length - 1)
    // Lost, told once, told twice, told late: the notices are of no revision, so that late and doubled are one case.
    for (let told = chance(3); told > 0; told--) replica?.notify()
    if (chance(6) === 0) await replica?.dieAndComeBack()
    if (chance(2) === 0) await replica?.holder.refresh()
    for (const each of replicas) each.check(seed)
  }
  world.healthy = true
  for (const replica of replicas) {
    // The poll's look, which finds what no notice told.
    await replica.holder.refresh()
    await replica.holder.refresh()
    replica.check(seed)
    replica.holder.close()
  }
  const wanted = history[world.newest]?.manifest.revision
  const found = replicas.map(({ holder }) => holder.revision())
  if (
    found.some(
      (revision) => revision === null || wanted === undefined || compareRevisions(revision, wanted) !== 0,
    )
  )
    throw new Error(`seed ${seed}: ${JSON.stringify(found)} in place of ${JSON.stringify(wanted)}`)
  return found
}

test('T27: whatever is lost, doubled, late or failing, all replicas end at the newest revision and never go back', async () => {
  const ends = new Set<string>()
  for (let seed = 1; seed <= seeds; seed++) ends.add(JSON.stringify((await play(seed))[0]))
  // The seeds reach every epoch.
  expect([...ends].some((end) => end.includes('"epoch":3'))).toBe(true)
  reportFigure('T27', `${seeds} courses of notifications and failures: all replicas at the newest revision`)
}, 300_000)
