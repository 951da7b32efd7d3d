import { afterEach, expect, test } from 'vitest'
import { PointsmanError, type Snapshot, type SnapshotManifest, type SnapshotPart } from '@pointsman/contract'
import type { CompiledSnapshot } from '@pointsman/core'
import type { SnapshotSource } from './ports.ts'
import { createSnapshotHolder } from './snapshot-holder.ts'
import type { LastGood, SnapshotHolder, SnapshotHolderOptions } from './snapshot-state.ts'
import { snapshotOf } from './testing/catalogue.ts'
import { nodeDigests } from './testing/digests.ts'
import { createManualClock, type ManualClock } from './testing/manual-clock.ts'

/** A source that serves what the test puts into it, and notes what it was asked for. */
class ScriptedSource implements SnapshotSource {
  snapshot: Snapshot | null = null
  trouble: Error | null = null
  hangs = false
  /** Serves this in place of a part. */
  forgery: SnapshotPart | null = null
  asked: string[][] = []
  readonly #listeners = new Set<() => void>()

  async latest(): Promise<SnapshotManifest | null> {
    await this.#answer()
    return this.snapshot?.manifest ?? null
  }
  async parts(hashes: readonly string[]): Promise<readonly SnapshotPart[]> {
    this.asked.push([...hashes])
    await this.#answer()
    const { manifest, parts } = this.snapshot ?? { manifest: { parts: [] }, parts: [] }
    return parts.flatMap((part, index) =>
      hashes.includes(manifest.parts[index]?.hash ?? '')
        ? [this.forgery?.kind === part.kind ? this.forgery : part]
        : [],
    )
  }
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
  publish(snapshot: Snapshot): void {
    this.snapshot = snapshot
    for (const listener of this.#listeners) listener()
  }
  get followers(): number {
    return this.#listeners.size
  }
  async #answer(): Promise<void> {
    if (this.hangs) await new Promise(() => undefined)
    if (this.trouble !== null) throw this.trouble
  }
}

const revision = (number: number, target = 'a', models: readonly string[] = ['a', 'b']) =>
  snapshotOf({ revision: { epoch: 1, number }, models, target })

let holder: SnapshotHolder | null = null
afterEach(() => holder?.close())

function hold(
  source: SnapshotSource,
  clock: ManualClock,
  more: Partial<SnapshotHolderOptions> = {},
): { holder: SnapshotHolder; applied: number[]; told: string[] } {
  const applied: number[] = []
  const told: string[] = []
  holder = createSnapshotHolder(source, {
    digests: nodeDigests,
    clock,
    log: (_level, event, facts) => told.push(`${event} ${JSON.stringify(facts['problem'])}`),
    onApplied: (snapshot: CompiledSnapshot) => applied.push(snapshot.revision.number),
    ...more,
  })
  return { holder, applied, told }
}

test('starts with the newest, follows each change at once, and fetches only what it lacks', async () => {
  const source = new ScriptedSource()
  const clock = createManualClock()
  source.snapshot = revision(1)
  const { holder, applied } = hold(source, clock)
  expect(() => holder.pin()).toThrow(PointsmanError)
  await holder.start()
  const first = holder.pin()
  expect(first.revision.number).toBe(1)
  expect(source.asked[0]).toHaveLength(source.snapshot.parts.length)

  source.publish(revision(2, 'b'))
  await holder.refresh()
  expect(holder.pin().defaultRoute.target).toBe('b')
  // Only the routes changed.
  expect(source.asked[1]).toHaveLength(1)
  // What is pinned stays as it was, and what did not change is shared.
  expect(first.defaultRoute.target).toBe('a')
  expect(holder.pin().models).toBe(first.models)
  expect(applied).toEqual([1, 2])
})

test('finds a change by asking, where nobody tells it', async () => {
  const source = new ScriptedSource()
  const clock = createManualClock()
  source.snapshot = revision(1)
  const { holder } = hold(source, clock)
  await holder.start()
  source.snapshot = revision(2, 'b')
  await clock.pass(400)
  expect(holder.revision()?.number).toBe(1)
  await clock.pass(200)
  expect(holder.revision()?.number).toBe(2)
})

test('a refresh that was asked for after a change sees it, although another was under way', async () => {
  const source = new ScriptedSource()
  source.snapshot = revision(1)
  const { holder } = hold(source, createManualClock())
  await holder.start()
  for (let number = 2; number < 20; number++) {
    const running = holder.refresh()
    source.snapshot = revision(number)
    await holder.refresh()
    expect(holder.revision()?.number).toBe(number)
    await running
  }
})

test.each<[string, (source: ScriptedSource) => void, RegExp]>([
  ['the source fails', (source) => (source.trouble = new Error('registry away')), /registry away/],
  [
    'a part is not what its hash says',
    (source) => (source.forgery = { kind: 'routes', entries: [] }),
    /missing or not what its hash says/,
  ],
  [
    'a part is missing',
    (source) => {
      if (source.snapshot !== null)
        source.snapshot = { ...source.snapshot, parts: source.snapshot.parts.slice(0, 1) }
    },
    /missing/,
  ],
  [
    'the manifest was tampered with',
    (source) => {
      if (source.snapshot !== null) {
        const { manifest, parts } = source.snapshot
        source.snapshot = { manifest: { ...manifest, parts: manifest.parts.slice(1) }, parts: parts.slice(1) }
      }
    },
    /manifest/,
  ],
  [
    'the content is not acceptable',
    (source) =>
      (source.snapshot = snapshotOf({ revision: { epoch: 1, number: 2 }, models: ['a'], target: null })),
    /refused/,
  ],
  ['it is older', (source) => (source.snapshot = revision(0)), /older/],
  [
    'two contents claim one revision',
    (source) => (source.snapshot = revision(1, 'b')),
    /claim to be revision 1/,
  ],
])('keeps the last good one, tells it once and counts it each time: %s', async (_what, spoil, message) => {
  const source = new ScriptedSource()
  const clock = createManualClock()
  source.snapshot = revision(1)
  const { holder, applied, told } = hold(source, clock)
  await holder.start()
  const before = holder.pin()
  source.snapshot = revision(2, 'b')
  spoil(source)
  await holder.refresh()
  expect(holder.pin()).toBe(before)
  expect(holder.state().lastFailure?.message).toMatch(message)
  const { failures } = holder.state()
  expect(failures).toBe(1)
  expect(told).toHaveLength(1)
  await clock.pass(5_000)
  expect(told).toHaveLength(1)

  source.trouble = null
  source.forgery = null
  source.snapshot = revision(3, 'b')
  await clock.pass(1_000)
  expect(holder.revision()?.number).toBe(3)
  expect(applied).toEqual([1, 3])
  expect(told.at(-1)).toMatch(/^snapshot_source_back/)
})

test('a refused revision is not fetched again at every poll', async () => {
  const source = new ScriptedSource()
  const clock = createManualClock()
  source.snapshot = revision(1)
  const { holder } = hold(source, clock)
  await holder.start()
  source.snapshot = snapshotOf({ revision: { epoch: 1, number: 2 }, models: ['a'], target: null })
  await clock.pass(60_000)
  expect(source.asked).toHaveLength(2)
  expect(holder.revision()?.number).toBe(1)
})

test('a refused revision is told once with its reason, and its source still counts as there', async () => {
  const source = new ScriptedSource()
  const clock = createManualClock()
  source.snapshot = revision(1)
  const refused: [number, string][] = []
  const onRefused = ({ number }: { readonly number: number }, problem: string) => {
    refused.push([number, problem])
  }
  const { holder, told } = hold(source, clock, { maxAgeMs: 60_000, onRefused })
  await holder.start()
  source.snapshot = snapshotOf({ revision: { epoch: 1, number: 2 }, models: ['a'], target: null })
  await clock.pass(300_000)
  expect(holder.pin().revision.number).toBe(1)
  expect(refused).toEqual([[2, expect.stringMatching(/refused/)]])
  expect(holder.state()).toMatchObject({ expired: false, lastFailure: { message: refused[0]?.[1] } })
  expect(told).toHaveLength(1)

  source.trouble = new Error('registry away')
  await clock.pass(62_000)
  expect(() => holder.pin()).toThrow(/too old/)
})

test('a restored registry starts a new epoch and is followed, although its number is lower', async () => {
  const source = new ScriptedSource()
  source.snapshot = revision(50)
  const { holder } = hold(source, createManualClock())
  await holder.start()
  source.snapshot = snapshotOf({ revision: { epoch: 2, number: 40 }, models: ['a'], target: 'a' })
  await holder.refresh()
  expect(holder.revision()).toEqual({ epoch: 2, number: 40 })
})

test('a source that hangs is given up, and what it says later is not applied', async () => {
  const source = new ScriptedSource()
  const clock = createManualClock()
  source.snapshot = revision(1)
  const { holder } = hold(source, clock)
  await holder.start()
  let answer: (manifest: SnapshotManifest) => void = () => undefined
  source.latest = () => new Promise((resolve) => (answer = resolve))
  await clock.pass(600)
  const late = answer
  await clock.pass(10_000)
  expect(holder.state().lastFailure?.message).toMatch(/did not answer/)
  const unheard = revision(2)
  source.latest = () => Promise.resolve(revision(1).manifest)
  late(unheard.manifest)
  await clock.pass(1_000)
  expect(holder.revision()?.number).toBe(1)
})

class Shelf implements LastGood {
  kept: { manifest: SnapshotManifest; parts: readonly SnapshotPart[] } | null = null
  save(manifest: SnapshotManifest, parts: readonly SnapshotPart[]): Promise<void> {
    this.kept = { manifest, parts }
    return Promise.resolve()
  }
  load() {
    return Promise.resolve(this.kept)
  }
}

test('starts from the last good one while the registry hangs, and catches up when it is back', async () => {
  const source = new ScriptedSource()
  const clock = createManualClock()
  const shelf = new Shelf()
  source.snapshot = revision(1)
  const before = hold(source, clock, { lastGood: shelf })
  await before.holder.start()
  before.holder.close()
  await expect.poll(() => shelf.kept?.manifest.revision.number).toBe(1)

  source.hangs = true
  const { holder } = hold(source, clock, { lastGood: shelf })
  const started = holder.start()
  await clock.pass(2_000)
  await started
  expect(holder.pin().revision.number).toBe(1)
  expect(holder.state()).toMatchObject({ origin: 'last-good', confirmedAtMs: null })

  source.hangs = false
  source.snapshot = revision(2, 'b')
  await clock.pass(11_000)
  expect(holder.state()).toMatchObject({ origin: 'source', revision: { epoch: 1, number: 2 } })
  expect(shelf.kept?.manifest.revision.number).toBe(2)
})

test.each<[string, (parts: readonly SnapshotPart[]) => readonly SnapshotPart[]]>([
  ['its first part is missing', (parts) => parts.slice(1)],
  ['its last part is missing', (parts) => parts.slice(0, -1)],
  [
    'a part is another',
    (parts) => parts.map((part) => (part.kind === 'routes' ? { kind: 'routes', entries: [] } : part)),
  ],
])('a damaged last good one is not served: %s', async (_what, damage) => {
  const source = new ScriptedSource()
  source.trouble = new Error('registry away')
  const shelf = new Shelf()
  const { manifest, parts } = revision(1)
  shelf.kept = { manifest, parts: damage(parts) }
  const { holder, told } = hold(source, createManualClock(), { lastGood: shelf })
  await holder.start()
  expect(() => holder.pin()).toThrow(/registry away/)
  expect(told[0]).toMatch(/^snapshot_not_applied "the last good snapshot cannot be used/)
})

test('stops serving past the greatest age, and serves again once the source answers', async () => {
  const source = new ScriptedSource()
  const clock = createManualClock()
  source.snapshot = revision(1)
  const { holder } = hold(source, clock, { maxAgeMs: 60_000 })
  await holder.start()
  source.trouble = new Error('registry away')
  await clock.pass(59_000)
  expect(holder.pin().revision.number).toBe(1)
  await clock.pass(3_000)
  expect(() => holder.pin()).toThrow(/too old/)
  source.trouble = null
  await clock.pass(1_000)
  expect(holder.pin().revision.number).toBe(1)
})

test('close stops the polls and lets the source go', async () => {
  const source = new ScriptedSource()
  const clock = createManualClock()
  source.snapshot = revision(1)
  const { holder } = hold(source, clock)
  await holder.start()
  holder.close()
  source.snapshot = revision(2)
  await clock.pass(5_000)
  expect(holder.revision()?.number).toBe(1)
  expect(source.followers).toBe(0)
  expect(clock.waiting()).toBe(0)
})
