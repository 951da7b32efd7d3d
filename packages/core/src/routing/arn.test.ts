import { PointsmanError } from '@pointsman/contract'
import { describe, expect, test } from 'vitest'
import type { CompiledModel, CompiledSnapshot } from '../compile/compiled-snapshot.ts'
import { call, compiled, conditions, ids, route, routes } from '../clinic.test-support.ts'
import { namedByArn } from './arn.ts'
import { decide } from './decide.ts'
import { resolve } from './resolve.ts'

const snapshot = compiled()
const nova = snapshot.models.get(ids.novaPro)
if (nova === undefined) throw new Error('the clinic has Nova Pro')

/** The clinic's models with one more, as the catalogue would have it. */
function withModel(changes: Partial<CompiledModel>): CompiledSnapshot {
  const model = { ...nova, ...changes } as CompiledModel
  return { ...snapshot, models: new Map([...snapshot.models, [model.id, model]]) }
}

function modelOfArn(from: CompiledSnapshot, written: string): CompiledModel | null {
  const named = namedByArn(from, written)
  return named?.kind === 'model' ? named.model : null
}

function refusal(asked: () => unknown): PointsmanError {
  try {
    asked()
  } catch (thrown) {
    if (thrown instanceof PointsmanError) return thrown
  }
  throw new Error('it was found')
}

const arn = (kind: string, name: string, region = 'eu-central-1', account = '123456789012') =>
  `arn:aws:bedrock:${region}:${account}:${kind}/${name}`

test('a profile and a foundation model are found by the last segment', () => {
  expect(modelOfArn(snapshot, arn('inference-profile', ids.novaPro))?.id).toBe(ids.novaPro)
  const base = withModel({
    id: 'amazon.x-v1:0' as CompiledModel['id'],
    upstreamId: 'amazon.x-v1:0',
    kind: 'foundation-model',
    sourceRegions: null,
  })
  expect(modelOfArn(base, arn('foundation-model', 'amazon.x-v1:0', 'eu-west-1', ''))?.id).toBe(
    'amazon.x-v1:0',
  )
  expect(modelOfArn(base, arn('foundation-model', 'amazon.x-v1:0', '', ''))?.id).toBe('amazon.x-v1:0')
  expect(resolve(snapshot, call(arn('inference-profile', ids.novaPro)))).toMatchObject({
    kind: 'model',
    reason: 'explicit',
    requested: arn('inference-profile', ids.novaPro),
    model: { id: ids.novaPro },
  })
})

test('prefixes of regions and partitions are open lists', () => {
  for (const prefix of ['us', 'apac', 'jp', 'au', 'ca', 'us-gov', 'global', 'mars']) {
    const id = `${prefix}.amazon.nova-pro-v1:0`
    const there = withModel({
      id: id as CompiledModel['id'],
      upstreamId: id,
      sourceRegions: ['mars-north-1'],
    })
    const written = `arn:aws-${prefix}:bedrock:mars-north-1:123456789012:inference-profile/${id}`
    expect(modelOfArn(there, written)?.id).toBe(id)
  }
})

test('an id that two providers serve is found by what Bedrock calls it', () => {
  const there = withModel({
    id: 'bedrock/openai.gpt' as CompiledModel['id'],
    upstreamId: 'openai.gpt',
    sourceRegions: [],
  })
  expect(modelOfArn(there, arn('foundation-model', 'openai.gpt'))?.id).toBe('bedrock/openai.gpt')
})

test('a region from which the model cannot be called is told', () => {
  const bound = withModel({ sourceRegions: ['eu-central-1', 'eu-west-1'] })
  const error = refusal(() => modelOfArn(bound, arn('inference-profile', ids.novaPro, 'us-east-1')))
  expect(error).toMatchObject({
    code: 'model_not_found',
    details: { field: 'model', suggestions: [ids.novaPro] },
  })
  expect(error.message).toContain('cannot be called from us-east-1, only from eu-central-1, eu-west-1')
})

test('an application profile is found only where the catalogue has it', () => {
  const written = arn('application-inference-profile', 'ab12cd34ef56')
  const error = refusal(() => resolve(snapshot, call(written)))
  expect(error).toMatchObject({ code: 'model_not_found', status: 404 })
  expect(error.message).toMatch(/^Model not found: arn:aws:bedrock:.*models add.*application-profile/)
  const known = withModel({
    id: 'billing' as CompiledModel['id'],
    upstreamId: written,
    kind: 'application-profile',
  })
  expect(modelOfArn(known, written)?.id).toBe('billing')
})

test('an ARN that the catalogue has as an id, or an alias, is that', () => {
  const written = arn('application-inference-profile', 'ab12cd34ef56')
  const named = new Map([
    ...snapshot.names,
    [written, { kind: 'model', model: nova, viaAlias: true } as const],
  ])
  expect(resolve({ ...snapshot, names: named }, call(written))).toMatchObject({ reason: 'alias' })
})

test.each(['arn:aws:s3:::bucket', 'arn:aws:bedrock:eu-central-1:1:inference-profile', 'gpt-4o', 'arn:'])(
  'what is no ARN of a model is a name like any other: %s',
  (written) => {
    expect(modelOfArn(snapshot, written)).toBeNull()
  },
)

test('unknown models and kinds are 404 with what to do, and long ones come back cut', () => {
  expect(
    refusal(() => modelOfArn(snapshot, arn('inference-profile', 'eu.amazon.nova-xl'))).message,
  ).toContain('models add')
  expect(refusal(() => modelOfArn(snapshot, arn('provisioned-model', 'abc'))).message).toContain('models add')
  const long = refusal(() => modelOfArn(snapshot, arn('inference-profile', 'x'.repeat(5_000))))
  expect(long.message.length).toBeLessThan(600)
})

describe('an alias of the id that an ARN ends with', () => {
  const steered = (target: string) =>
    compiled({
      aliases: [
        { name: ids.novaPro, target },
        { name: 'amazon.gone-v1:0', target },
      ],
    })

  test.each([
    ['inference-profile', ids.novaPro],
    ['foundation-model', 'amazon.gone-v1:0'],
  ])('is looked at first: %s', (kind, id) => {
    expect(resolve(steered(ids.novaLite), call(arn(kind, id)))).toMatchObject({
      kind: 'model',
      reason: 'alias',
      model: { id: ids.novaLite },
      region: 'eu-central-1',
    })
  })

  test('may lead to a route', () => {
    expect(
      resolve(steered('use-case/clinical'), call(arn('inference-profile', ids.novaPro, 'eu-west-1'))),
    ).toMatchObject({ kind: 'route', route: { name: 'clinical' }, region: 'eu-west-1' })
  })

  test('leads from a region where that id cannot be called to a model that can', () => {
    const written = arn('inference-profile', ids.novaPro, 'us-west-2')
    expect(decide(steered(ids.sonnetUs), call(written), conditions()).candidates[0]).toMatchObject({
      modelId: ids.sonnetUs,
      region: 'us-west-2',
    })
  })

  test('does not count for the ARN of an application profile, whose last segment is no model', () => {
    const written = arn('application-inference-profile', ids.novaPro)
    expect(refusal(() => resolve(steered(ids.novaLite), call(written))).code).toBe('model_not_found')
  })
})

describe('the region that an ARN names', () => {
  const planOf = (written: string, from = snapshot, changes = {}) =>
    decide(from, call(written), conditions(changes))

  test('is the one that is called, and its price holds', () => {
    const plan = planOf(arn('inference-profile', ids.sonnet, 'eu-west-3'))
    expect(plan.candidates.map(({ modelId, region }) => [modelId, region])).toEqual([
      [ids.sonnet, 'eu-west-3'],
      [ids.haiku, 'eu-west-3'],
    ])
  })

  test("is called where nothing is known of the model's regions", () => {
    const there = withModel({ sourceRegions: null })
    expect(planOf(arn('inference-profile', nova.id, 'eu-west-3'), there).candidates[0]?.region).toBe(
      'eu-west-3',
    )
  })

  test('serves a base id through its profile', () => {
    const plan = planOf(arn('foundation-model', ids.novaProBase, 'eu-west-1', ''))
    expect(plan.candidates[0]).toMatchObject({ modelId: ids.novaPro, region: 'eu-west-1' })
    expect(plan.candidates[0]?.warnings.join()).toContain(`served from eu-west-1 only through`)
  })

  test('is held against the residency of the route', () => {
    const bound = compiled({
      routes: routes(route('default', 'default', { target: ids.novaPro, residency: ['eu-central-1'] })),
    })
    const base = {
      ...bound,
      models: new Map([
        ...bound.models,
        [
          ids.titan,
          {
            ...nova,
            id: ids.titan,
            upstreamId: ids.titan,
            kind: 'foundation-model' as const,
            sourceRegions: ['eu-central-1', 'eu-west-1'],
            destinationRegions: null,
          },
        ],
      ]),
    }
    expect(planOf(arn('foundation-model', ids.titan, 'eu-central-1', ''), base).candidates[0]).toMatchObject({
      region: 'eu-central-1',
    })
    const plan = planOf(arn('foundation-model', ids.titan, 'eu-west-1', ''), base)
    expect(plan.candidates.map(({ modelId }) => modelId)).not.toContain(ids.titan)
    expect(plan.excluded[0]).toMatchObject({ modelId: ids.titan, rule: 'region-not-allowed' })
  })

  test('of an application profile is called however the profile is named', () => {
    const written = arn('application-inference-profile', 'ab12cd34ef56', 'eu-west-1')
    const kind = 'application-profile' as const
    const billing = 'billing' as CompiledModel['id']
    const there = withModel({ id: billing, upstreamId: written, kind, sourceRegions: ['eu-central-1'] })
    const named = {
      ...there,
      names: new Map([
        ...there.names,
        [billing, { kind: 'model', model: there.models.get(billing) ?? nova, viaAlias: false } as const],
      ]),
    }
    for (const asked of [written, billing]) {
      expect(planOf(asked, named).candidates[0]).toMatchObject({ upstreamId: written, region: 'eu-west-1' })
    }
  })
})

test('T28: a caller’s ARN leads to no region that the catalogue does not know', () => {
  const open = withModel({
    id: 'amazon.x-v1:0' as CompiledModel['id'],
    upstreamId: 'amazon.x-v1:0',
    sourceRegions: null,
  })
  const ask = (region: string) =>
    decide(open, call(arn('foundation-model', 'amazon.x-v1:0', region)), conditions())
  for (const region of ['evil-north-1', 'us-west-9', '-', 'x'.repeat(32)])
    expect(refusal(() => ask(region)).code).toBe('model_not_found')
  // Home, and one in which another model can be called.
  expect(ask('eu-central-1').candidates[0]?.region).toBe('eu-central-1')
  expect(ask('eu-west-1').candidates[0]?.region).toBe('eu-west-1')
})
