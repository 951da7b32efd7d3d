import {
  defaultWorkspace,
  keyId,
  modelId,
  partKinds,
  PointsmanError,
  type Model,
  type PartKind,
  type Route,
  type Snapshot,
  type SnapshotEntries,
} from '@pointsman/contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { entries, ids, model, price, ranked, route, textHash } from '../clinic.test-support.ts'
import { compileSnapshot, compilingSnapshot } from './compile-snapshot.ts'
import type { CompiledSnapshot } from './compiled-snapshot.ts'
import { heldParts } from './held-parts.ts'
import { writingSnapshotAfter, type SnapshotChanges } from './snapshot-after.ts'
import { snapshotFrom, type WrittenSnapshot } from './snapshot-from.ts'
import { entryKey, keyedOf } from './snapshot-parts.ts'

const making = { revision: { epoch: 1, number: 7 }, createdAtMs: 5, sha256Hex: textHash }

/** Few names, so that most edits touch something that something else refers to. */
const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'default', ids.novaPro, ids.sonnet)
const idOf = (text: string): ReturnType<typeof modelId> => modelId(text)
const modelRef = name.map(idOf)
const maybe = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> => fc.option(value, { freq: 2 })

const anyModel: fc.Arbitrary<Model> = fc
  .record({
    id: name,
    enabled: fc.boolean(),
    kind: fc.constantFrom<Model['kind']>('geo-profile', 'global-profile', 'direct'),
    baseModelId: maybe(fc.constantFrom('a', 'base')),
    family: fc.constantFrom('nova', 'claude'),
    tier: maybe(fc.constantFrom('sonnet', 'haiku')),
    sourceRegions: maybe(fc.constantFrom([], ['eu-west-1'], ['eu-west-1', 'us-east-1'])),
    endsOn: maybe(fc.constantFrom('2027-01-01', 'soon')),
    status: fc.constantFrom<Model['lifecycle']['status']>('active', 'eol'),
  })
  .map(({ id, endsOn, status, ...rest }) =>
    model(id, { ...rest, lifecycle: { endsOn, status, replacement: null } }),
  )

const anyRoute: fc.Arbitrary<Route> = fc
  .record({
    kind: fc.constantFrom<Route['kind']>('use-case', 'agent', 'default'),
    name,
    target: maybe(modelRef),
    candidates: fc.uniqueArray(modelRef, { maxLength: 3 }).map((list) => ranked(...list)),
    fallbacks: maybe(fc.array(modelRef, { maxLength: 2 })),
    strategy: fc.constantFrom<Route['strategy']>('priority', 'weighted'),
    switchId: maybe(fc.constantFrom('s1', 's2')),
  })
  .map(({ kind, name: own, ...rest }) => route(kind, kind === 'default' ? 'default' : own, rest))

const anyPrice = fc
  .tuple(name, fc.constantFrom('p1', 'p2', 'p3'), fc.constantFrom(0, 500), fc.constantFrom('*', 'eu-west-1'))
  .map(([id, row, effectiveFromMs, region]) => ({
    ...price(idOf(id), 1, 2),
    id: `${id}-${row}`,
    effectiveFromMs,
    region,
  }))

const anyKey = fc
  .tuple(fc.constantFrom('k1', 'k2', 'k3'), fc.constantFrom('x', 'y', 'z'))
  .map(([id, digest]) => ({
    ...{
      id: keyId(id),
      name: id,
      workspace: defaultWorkspace,
      digest,
      scopes: ['invoke'],
      routes: null,
      models: null,
    },
    ...{ requestsPerMinute: null, spendPerDayNanoUsd: null, expiresAtMs: null },
  }))

const entryOf: { readonly [Kind in PartKind]: fc.Arbitrary<unknown> } = {
  models: anyModel,
  prices: anyPrice,
  routes: anyRoute,
  roles: fc.record({ name: fc.constantFrom('r', 's'), useCase: name }),
  aliases: fc.record({
    name: fc.oneof(name, fc.constantFrom('f', 'g', 'role/r', 'agent/a')),
    target: fc.oneof(name, fc.constantFrom('f', 'g', 'role/r', 'use-case/b')),
  }),
  keys: anyKey,
  'fallback-rules': fc.record({
    ...{ family: fc.constantFrom('nova', 'claude'), tier: maybe(fc.constantFrom('sonnet')) },
    ...{ toFamily: fc.constantFrom('nova', 'claude'), toTier: fc.constantFrom('haiku', 'sonnet') },
  }),
}

interface Edit {
  readonly kind: PartKind
  readonly entry: unknown
  readonly removes: boolean
}
const anyEdit: fc.Arbitrary<Edit> = fc
  .constantFrom<PartKind>(
    'models',
    'models',
    'routes',
    'routes',
    'aliases',
    'aliases',
    'prices',
    'roles',
    'keys',
    'fallback-rules',
  )
  .chain((kind) => fc.record({ kind: fc.constant(kind), entry: entryOf[kind], removes: fc.boolean() }))

type Registry = ReadonlyMap<PartKind, ReadonlyMap<string, unknown>>

const registryOf = (all: SnapshotEntries): Registry =>
  new Map(
    partKinds.map((kind) => [kind, new Map(keyedOf(kind, all[kind]).map(({ key, entry }) => [key, entry]))]),
  )

const entriesOf = (registry: Registry): SnapshotEntries =>
  Object.fromEntries(
    partKinds.map((kind) => [kind, [...(registry.get(kind)?.values() ?? [])]]),
  ) as unknown as SnapshotEntries

function edited(
  registry: Registry,
  edits: readonly Edit[],
): { readonly registry: Registry; readonly changes: SnapshotChanges } {
  const next = new Map([...registry].map(([kind, own]) => [kind, new Map(own)]))
  const touched = new Map<PartKind, Set<string>>()
  for (const { kind, entry, removes } of edits) {
    const key = entryKey(kind, entry as never)
    touched.set(kind, (touched.get(kind) ?? new Set()).add(key))
    if (removes) next.get(kind)?.delete(key)
    else next.get(kind)?.set(key, entry)
  }
  const changes = [...touched].map(([kind, keys]) => {
    const own = next.get(kind)
    const changed = [...keys].flatMap((key) => own?.get(key) ?? [])
    return [kind, { changed, removed: [...keys].filter((key) => own?.has(key) !== true) }]
  })
  return { registry: next, changes: Object.fromEntries(changes) as SnapshotChanges }
}

function ended<Result>(steps: Generator<undefined, Result>): Result {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

const after = (previous: Snapshot, changes: SnapshotChanges): WrittenSnapshot =>
  ended(writingSnapshotAfter(previous, changes, making))

type Verdict = { readonly compiled: CompiledSnapshot } | { readonly problems: readonly string[] }

function verdictOn(snapshot: Snapshot, previous?: CompiledSnapshot): Verdict {
  try {
    return { compiled: ended(compilingSnapshot(snapshot, previous)) }
  } catch (thrown) {
    if (!(thrown instanceof PointsmanError)) throw thrown
    return { problems: (thrown.details.data?.['problems'] as readonly string[]).toSorted() }
  }
}

/** All that a decision can read, and what the next compile stands on. */
const contentOf = ({ index, ...compiled }: CompiledSnapshot): unknown =>
  [compiled, index].map((of) =>
    Object.entries(of).map(([field, value]: [string, unknown]) => [
      field,
      value !== null && typeof value === 'object' && 'entries' in value && field !== 'parts'
        ? [...(value as ReadonlyMap<string, unknown>).entries()].map(([key, held]) => [
            key,
            held instanceof Map ? [...held] : held,
          ])
        : field === 'parts'
          ? [...(value as CompiledSnapshot['index']['parts'])].map(([kind, parts]) => [
              kind,
              [...parts.keys()],
            ])
          : value,
    ]),
  )

test('what is written and compiled after any edits is what is written and compiled of the whole', () => {
  let [taken, refused] = [0, 0]
  fc.assert(
    fc.property(
      fc.array(fc.array(anyEdit, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 12 }),
      (steps) => {
        let registry = registryOf(entries())
        let held = snapshotFrom(entriesOf(registry), making)
        let compiled = compileSnapshot(held)
        for (const edits of steps) {
          const next = edited(registry, edits)
          const { snapshot, written } = after(held, next.changes)
          const whole = snapshotFrom(entriesOf(next.registry), making)
          expect(snapshot).toEqual(whole)
          const known = new Set(held.manifest.parts.map(({ hash }) => hash))
          expect(written.map(({ reference }) => reference.hash)).toEqual(
            whole.manifest.parts.map(({ hash }) => hash).filter((hash) => !known.has(hash)),
          )
          const [byStep, atOnce] = [verdictOn(snapshot, compiled), verdictOn(whole)]
          if ('problems' in byStep || 'problems' in atOnce) {
            refused++
            expect(byStep).toEqual(atOnce)
            continue
          }
          taken++
          expect(contentOf(byStep.compiled)).toEqual(contentOf(atOnce.compiled))
          ;({ registry } = next)
          held = snapshot
          compiled = byStep.compiled
        }
      },
    ),
    { numRuns: 25 },
  )
  // Neither all edits nor none of them go through.
  expect(Math.min(taken, refused)).toBeGreaterThan(20)
})

test('parts double and halve with what is in them, as they would for the whole', () => {
  const alias = (index: number): { readonly name: string; readonly target: string } => ({
    name: `alias-${index}`,
    target: ids.novaPro,
  })
  fc.assert(
    fc.property(fc.array(fc.nat(1_400), { minLength: 1, maxLength: 5 }), (sizes) => {
      let size = 0
      let held = snapshotFrom(entries(), making)
      let compiled = compileSnapshot(held)
      for (const next of sizes) {
        const changed = Array.from({ length: Math.max(0, next - size) }, (_, index) => alias(size + index))
        const removed = Array.from(
          { length: Math.max(0, size - next) },
          (_, index) => `alias-${next + index}`,
        )
        size = next
        held = after(held, { aliases: { changed, removed } }).snapshot
        const aliases = Array.from({ length: size }, (_, index) => alias(index))
        expect(held.manifest).toEqual(snapshotFrom(entries({ aliases }), making).manifest)
        compiled = compileSnapshot(held, compiled)
        expect([...compiled.aliases.keys()]).toEqual(aliases.map(({ name: own }) => own).toSorted())
      }
    }),
    { numRuns: 5 },
  )
})

test('of what came anew only that is kept which changed; all else stays the objects that were held', () => {
  const held = snapshotFrom(entries(), making)
  const compiled = compileSnapshot(held)
  const [first] = entries().routes
  const changed = { ...first, switchId: 'another' }
  const next = structuredClone(after(held, { routes: { changed: [changed], removed: [] } }).snapshot)
  const entriesIn = (of: CompiledSnapshot, { manifest }: Snapshot): readonly unknown[] =>
    heldParts(of, manifest).flatMap((part) => [...part.entries])
  const compiledNext = compileSnapshot(next, compiled)
  expect(heldParts(compiledNext, next.manifest)).toEqual(next.parts)
  const before = new Set(entriesIn(compiled, held))
  expect(entriesIn(compiledNext, next).filter((entry) => !before.has(entry))).toEqual([changed])
})
