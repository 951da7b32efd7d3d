import { modelId, PointsmanError, priceId, type Snapshot, type SnapshotEntries } from '@pointsman/contract'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  compiled,
  defaultRoute,
  entries,
  ids,
  model,
  models,
  nowMs,
  price,
  ranked,
  route,
  routes,
  snapshotOf,
  textHash,
} from '../clinic.test-support.ts'
import { compileSnapshot } from './compile-snapshot.ts'
import { snapshotFrom, verifySnapshot } from './snapshot-from.ts'

function problemsOf(snapshot: Snapshot): readonly string[] {
  try {
    compileSnapshot(snapshot)
  } catch (thrown) {
    if (thrown instanceof PointsmanError && thrown.code === 'revision_rejected') {
      return thrown.details.data?.['problems'] as readonly string[]
    }
    throw thrown
  }
  return []
}
const problemsWith = (changes: Partial<SnapshotEntries>): readonly string[] => problemsOf(snapshotOf(changes))

describe('the indexed form', () => {
  const snapshot = compiled({
    prices: [price(ids.gpt, 3, 12, { effectiveFromMs: 500 }), price(ids.gpt, 2.5, 10)],
  })

  test('carries the revision and finds everything by its name', () => {
    expect(snapshot).toMatchObject({ schema: 'v1', revision: { epoch: 1, number: 7 }, createdAtMs: nowMs })
    expect(snapshot.models.get(ids.sonnetEnded)?.endsAtMs).toBe(Date.parse('2026-07-30T00:00:00Z'))
    expect(
      snapshot.prices
        .get(ids.gpt)
        ?.get('*')
        ?.map((row) => row.effectiveFromMs),
    ).toEqual([0, 500])
    expect(snapshot.routes.get('use-case/clinical')?.ownTarget).toBe(ids.sonnet)
    expect(snapshot.roles.get('patient')?.key).toBe('use-case/health')
    expect(snapshot.profiles.get(ids.novaProBase)?.get('eu-west-1')?.id).toBe(ids.novaPro)
  })

  test('a route without a target inherits; its own list stays its own', () => {
    const listed = compiled({
      routes: routes(route('use-case', 'platform', { candidates: ranked(ids.novaLite) })),
    })
    expect(snapshot.routes.get('use-case/platform')).toMatchObject({
      target: ids.novaPro,
      ownTarget: null,
      inheritsTarget: true,
      candidates: ranked(ids.novaPro, ids.sonnet, ids.novaLite),
    })
    expect(listed.routes.get('use-case/platform')).toMatchObject({
      target: ids.novaPro,
      inheritsTarget: true,
      candidates: ranked(ids.novaLite),
    })
  })

  test('shares with the one before it what did not change', () => {
    const before = compiled()
    const moved = snapshotOf({ routes: routes(defaultRoute({ target: ids.novaLite })) })
    const after = compileSnapshot(moved, before)
    expect(after.models).toBe(before.models)
    expect(after.prices).toBe(before.prices)
    expect(after.keysByDigest).toBe(before.keysByDigest)
    expect(after.defaultRoute.target).toBe(ids.novaLite)
    expect(after).toEqual(compileSnapshot(moved))
    const repriced = compileSnapshot(snapshotOf({ prices: [] }), before)
    expect(repriced.prices.size).toBe(0)
    expect(repriced.models).toBe(before.models)
  })
})

describe('refuses, with every problem', () => {
  test.each<[string, Partial<SnapshotEntries>, RegExp]>([
    [
      'a target that is not in the catalogue',
      { routes: routes(route('agent', 'a', { target: modelId('gone') })) },
      /route agent\/a: its target gone is not/,
    ],
    [
      'a candidate that is not',
      { routes: routes(defaultRoute({ candidates: ranked(modelId('gone')) })) },
      /candidate gone is not/,
    ],
    [
      'a fallback that is not',
      { routes: routes(defaultRoute({ fallbacks: [modelId('gone')] })) },
      /fallback gone is not/,
    ],
    [
      'an alias to nothing',
      { aliases: [{ name: 'a', target: 'gone' }] },
      /alias a leads to gone, which is no/,
    ],
    [
      'an alias in a cycle',
      {
        aliases: [
          { name: 'a', target: 'b' },
          { name: 'b', target: 'a' },
        ],
      },
      /alias a leads back to itself: a → b → a/,
    ],
    ['an alias to itself', { aliases: [{ name: 'gpt-4o', target: 'gpt-4o' }] }, /alias gpt-4o leads back/],
    ['no default', { routes: [route('agent', 'a', { target: ids.gpt })] }, /no default route/],
    [
      'a default without a target',
      { routes: [defaultRoute({ target: null })] },
      /default route has no target/,
    ],
    [
      'a role to nothing',
      { roles: [{ name: 'r', useCase: 'gone' }] },
      /role r maps to the unknown use case gone/,
    ],
    ['two equal models', { models: [...models, model(ids.gpt)] }, /model gpt-4o stands twice/],
    ['two equal routes', { routes: [...routes(), defaultRoute()] }, /route default stands twice/],
    [
      'two equal aliases',
      {
        aliases: [
          { name: 'a', target: ids.gpt },
          { name: 'a', target: ids.gpt },
        ],
      },
      /alias a stands twice/,
    ],
    [
      'two equal candidates',
      { routes: routes(defaultRoute({ candidates: ranked(ids.gpt, ids.gpt) })) },
      /candidate gpt-4o stands twice/,
    ],
    ['a negative price', { prices: [price(ids.gpt, -1, 1)] }, /inputPicoUsd is -1000000; prices are whole/],
    [
      'a price that is not whole',
      { prices: [price(ids.gpt, 1, 1, { outputPicoUsd: 0.5 })] },
      /outputPicoUsd is 0.5/,
    ],
    [
      'a price that is no number',
      { prices: [price(ids.gpt, 1, 1, { cacheReadPicoUsd: Number.MAX_VALUE })] },
      /cacheReadPicoUsd is/,
    ],
    [
      'a bad tier',
      { prices: [price(ids.gpt, 1, 1, { tiers: [{ ...price(ids.gpt, 1, -1), inputTokensAbove: 0 }] })] },
      /tier begins above 0 tokens/,
    ],
    [
      'a service tier that is the standard one',
      {
        prices: [
          price(ids.gpt, 1, 1, { serviceTiers: [{ ...price(ids.gpt, 1, 1), serviceTier: 'default' }] }),
        ],
      },
      /service tier default: a service tier is "flex", "priority" or/,
    ],
    [
      'a service tier with a bad rate',
      {
        prices: [price(ids.gpt, 1, 1, { serviceTiers: [{ ...price(ids.gpt, 1, -1), serviceTier: 'flex' }] })],
      },
      /service tier flex: outputPicoUsd is -1000000/,
    ],
    [
      'a service tier that stands twice',
      {
        prices: [
          price(ids.gpt, 1, 1, {
            serviceTiers: ['flex', 'flex'].map((name) => ({ ...price(ids.gpt, 1, 1), serviceTier: name })),
          }),
        ],
      },
      /service tier flex: stands twice/,
    ],
    [
      'two prices from one instant',
      { prices: [price(ids.gpt, 1, 1), price(ids.gpt, 2, 2, { id: priceId('p2') })] },
      /begin at the same instant/,
    ],
    ['a price of nothing', { prices: [price(modelId('gone'), 1, 1)] }, /unknown model gone/],
    [
      'a residency rule without a region',
      { routes: routes(defaultRoute({ residency: [] })) },
      /residency rule allows no region/,
    ],
    [
      'a negative weight',
      { routes: routes(defaultRoute({ candidates: [{ modelId: ids.gpt, weight: -1 }] })) },
      /weight of gpt-4o is -1/,
    ],
    [
      'a use case named default',
      { routes: routes(route('use-case', 'default')) },
      /name 'default' is not possible/,
    ],
    [
      'an end that is no date',
      { models: models.map((own) => ({ ...own, lifecycle: { ...own.lifecycle, endsOn: 'soon' } })) },
      /'soon' is not a date/,
    ],
    [
      'routes without an enabled model',
      { models: models.map((own) => ({ ...own, enabled: own.id !== ids.haiku })) },
      /agent\/sql_agent is left without an enabled model/,
    ],
  ])('%s', (_, changes, problem) => {
    expect(problemsWith(changes).join('\n')).toMatch(problem)
  })

  test('all of them at once, in the message the first few', () => {
    const changes: Partial<SnapshotEntries> = {
      aliases: [1, 2, 3, 4, 5].map((index) => ({ name: `a${index}`, target: 'gone' })),
    }
    expect(problemsWith(changes)).toHaveLength(5)
    expect(() => compiled(changes)).toThrow(/Revision 7 is refused: .*; and 2 more\./)
  })

  test('a manifest that tells something else than the parts', () => {
    const good = snapshotOf()
    const { manifest, parts } = good
    const withManifest = (changes: object): Snapshot => ({ parts, manifest: { ...manifest, ...changes } })
    expect(problemsOf(withManifest({ schema: 'v2' })).join()).toContain(`'v2', not 'v1'`)
    expect(problemsOf(withManifest({ parts: manifest.parts.slice(1) })).join()).toContain('names')
    const miscounted = manifest.parts.map((reference) => ({ ...reference, count: reference.count + 1 }))
    expect(problemsOf(withManifest({ parts: miscounted })).join()).toContain('counts')
    const reversed: Snapshot = {
      parts: parts.toReversed(),
      manifest: { ...manifest, parts: manifest.parts.toReversed() },
    }
    expect(problemsOf(reversed).join()).toContain('after a part of a later kind')
  })
})

describe('parts', () => {
  test('equal content gives an equal hash, in whatever order it is handed in', () => {
    const all = entries()
    const shuffled: SnapshotEntries = {
      ...all,
      models: all.models.toReversed(),
      routes: all.routes.toReversed(),
    }
    expect(snapshotOf(shuffled).manifest.hash).toBe(snapshotOf().manifest.hash)
    expect(snapshotOf({ roles: [] }).manifest.hash).not.toBe(snapshotOf().manifest.hash)
  })

  test('what verifies is what was made, and a changed entry is found', () => {
    const good = snapshotOf()
    expect(verifySnapshot(good, textHash)).toEqual([])
    const parts = good.parts.map((part) =>
      part.kind === 'roles' ? { ...part, entries: [{ name: 'patient', useCase: 'clinical' }] } : part,
    )
    expect(verifySnapshot({ ...good, parts }, textHash).join()).toContain('(roles) does not have the hash')
    const manifest = { ...good.manifest, parts: good.manifest.parts.toReversed() }
    expect(verifySnapshot({ ...good, manifest }, textHash).join()).toContain(
      'the manifest does not have the hash',
    )
  })

  test('many entries are spread over bounded parts, and one more changes one of them', () => {
    const aliases = Array.from({ length: 3_500 }, (_, index) => ({ name: `alias-${index}`, target: ids.gpt }))
    const before = snapshotOf({ aliases })
    const after = snapshotOf({ aliases: [...aliases, { name: 'alias-0b', target: ids.gpt }] })
    const hashes = (snapshot: Snapshot): readonly string[] =>
      snapshot.manifest.parts.filter(({ kind }) => kind === 'aliases').map(({ hash }) => hash)
    expect(before.parts.every((part) => part.entries.length <= 1_000)).toBe(true)
    expect(hashes(before).length).toBeGreaterThanOrEqual(4)
    expect(hashes(after).filter((hash) => !hashes(before).includes(hash))).toHaveLength(1)
    expect(compileSnapshot(after).aliases.size).toBe(3_501)
  })

  test('doubles beyond a part’s size still end, and are refused by name', () => {
    const aliases = Array.from({ length: 1_001 }, () => ({ name: 'twice', target: ids.gpt }))
    expect(problemsWith({ aliases })).toContain('alias twice stands twice')
  })

  test('what is split and compiled is what was handed in', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme' }), { maxLength: 40 }),
        fc.nat(3),
        (names, extra) => {
          const handed = entries({
            aliases: names.map((name) => ({ name: `alias ${name}`, target: ids.novaPro })),
            models: [...models, ...names.map((name) => model(`model ${name}`, { generation: extra }))],
          })
          const made = snapshotFrom(handed, {
            revision: { epoch: 2, number: 9 },
            createdAtMs: 5,
            sha256Hex: textHash,
          })
          const read = compileSnapshot(made)
          expect(read.revision).toEqual({ epoch: 2, number: 9 })
          expect(read.hash).toBe(made.manifest.hash)
          expect(new Map(handed.aliases.map(({ name, target }) => [name, target]))).toEqual(
            new Map(read.aliases),
          )
          expect(new Set(read.models.keys())).toEqual(new Set(handed.models.map(({ id }) => id)))
          for (const own of handed.models) expect(read.models.get(own.id)).toMatchObject(own)
        },
      ),
      { numRuns: 50 },
    )
  })
})
