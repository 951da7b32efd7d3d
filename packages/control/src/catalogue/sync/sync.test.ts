import { PointsmanError, priceId, type Model } from '@pointsman/contract'
import type { Database } from '@pointsman/registry'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { BedrockListQuestion } from '../../ports.ts'
import {
  anyDatabase,
  catalogue,
  openTestDatabase,
  startControl,
  type TestControl,
} from '../../testing/start-control.ts'

const region = 'eu-central-1'
const lite = 'eu.amazon.nova-lite-v1:0'
const micro = 'eu.amazon.nova-micro-v1:0'
const sonnet6 = 'eu.anthropic.claude-sonnet-6-v1:0'
const application = `arn:aws:bedrock:${region}:111122223333:application-inference-profile/ab12cd34ef56`

interface Summary {
  readonly modelId: string
  readonly inferenceTypesSupported: readonly string[]
  readonly [member: string]: unknown
}
interface Profile {
  readonly inferenceProfileId: string
  readonly [member: string]: unknown
}

/** A summary as AWS answers it, recorded members included. */
const summary = (modelId: string, types: readonly string[], more: object = {}): Summary => ({
  modelArn: `arn:aws:bedrock:${region}::foundation-model/${modelId}`,
  modelId,
  modelName: modelId,
  providerName: 'Vendor',
  inputModalities: ['TEXT', 'IMAGE'],
  outputModalities: ['TEXT'],
  responseStreamingSupported: true,
  customizationsSupported: [],
  inferenceTypesSupported: types,
  modelLifecycle: { status: 'ACTIVE', startOfLifeTime: '2025-01-01T00:00:00Z' },
  ...more,
})

const profile = (id: string, base: string, regions: readonly string[], more: object = {}): Profile => ({
  inferenceProfileName: id,
  description: `Routes requests to ${base}.`,
  createdAt: '2025-01-01T00:00:00Z',
  updatedAt: '2025-01-01T00:00:00Z',
  inferenceProfileArn: `arn:aws:bedrock:${region}:111122223333:inference-profile/${id}`,
  models: regions.map((at) => ({ modelArn: `arn:aws:bedrock:${at}::foundation-model/${base}` })),
  inferenceProfileId: id,
  status: 'ACTIVE',
  type: 'SYSTEM_DEFINED',
  ...more,
})

/** What AWS lists when it agrees with the catalogue, in the region that is asked. */
function agreeing(at: string): { models: Summary[]; profiles: Profile[] } {
  const called = catalogue.models.filter(
    ({ kind, lifecycle, sourceRegions }) =>
      kind !== 'direct' &&
      lifecycle.status !== 'eol' &&
      (sourceRegions?.includes(at) === true || kind === 'global-profile'),
  )
  const isBase = ({ kind }: Model): boolean => kind === 'foundation-model'
  const baseOf = (model: Model): string => model.baseModelId ?? model.upstreamId
  const bases = new Map(called.map((model) => [baseOf(model), model]))
  return {
    models: [...bases].map(([id, model]) =>
      summary(id, [isBase(model) ? 'ON_DEMAND' : 'INFERENCE_PROFILE'], {
        outputModalities: [model.purpose === 'chat' ? 'TEXT' : 'EMBEDDING'],
        inputModalities: model.abilities.images === true ? ['TEXT', 'IMAGE'] : ['TEXT'],
        modelLifecycle: {
          status: model.lifecycle.status === 'active' ? 'ACTIVE' : 'LEGACY',
          ...(model.lifecycle.endsOn === null
            ? {}
            : { endOfLifeTime: `${model.lifecycle.endsOn}T00:00:00Z` }),
        },
      }),
    ),
    profiles: called
      .filter((model) => !isBase(model))
      .map((model) =>
        profile(
          model.id,
          baseOf(model),
          model.kind === 'global-profile' ? ['', at] : (model.destinationRegions ?? [at]),
        ),
      ),
  }
}

let lists = agreeing(region)
let curated = catalogue
let asked: BedrockListQuestion[] = []
let broken: ((question: BedrockListQuestion) => unknown) | null = null

/** AWS's control plane, with pages of ten. */
const bedrockLists = {
  ask: (question: BedrockListQuestion): Promise<string> => {
    asked.push(question)
    const answered = broken === null ? listed(question) : broken(question)
    return Promise.resolve(typeof answered === 'string' ? answered : JSON.stringify(answered))
  },
}

function listed(question: BedrockListQuestion): unknown {
  if (question.path === '/foundation-models') return { modelSummaries: lists.models }
  const ofType = lists.profiles.filter(({ type }) => type === question.query['type'])
  const from = Number(question.query['nextToken'] ?? 0)
  return {
    inferenceProfileSummaries: ofType.slice(from, from + 10),
    nextToken: from + 10 < ofType.length ? String(from + 10) : null,
  }
}

let at: TestControl
let database: Database
let drop: () => Promise<void>
beforeAll(async () => {
  ;({ database, drop } = await openTestDatabase(anyDatabase))
  at = await startControl(database, { bedrockLists, curated: () => curated })
})
afterAll(async () => {
  await at.stop()
  await drop()
})
beforeEach(() => {
  lists = agreeing(region)
  curated = catalogue
  asked = []
  broken = null
})

interface Plan {
  readonly new: readonly { readonly id: string; readonly enabled: boolean; readonly priced: boolean }[]
  readonly changed: readonly { readonly id: string; readonly fields: readonly { readonly field: string }[] }[]
  readonly ended: readonly { readonly id: string; readonly routes: readonly { readonly route: string }[] }[]
  readonly missing: readonly { readonly id: string; readonly routes: readonly unknown[] }[]
  readonly unpriced: readonly { readonly id: string }[]
  readonly skipped: readonly { readonly id: string; readonly reason: string }[]
  readonly prices: readonly { readonly modelId: string }[]
}

async function sync(
  query = '',
  body: object = {},
  headers: Record<string, string> = {},
): Promise<{ status: number; plan: Plan; body: Record<string, unknown> }> {
  const answer = await at.ask(`/api/v1/models/sync${query}`, { method: 'POST', body, headers })
  const told = answer.body as unknown as Record<string, unknown>
  return { status: answer.status, plan: told['plan'] as Plan, body: told }
}

const dry = (body: object = {}) => sync('?dryRun=true', body)
const shown = async (id: string) => (await at.ask(`/api/v1/models/${encodeURIComponent(id)}`)).body

describe('a plan', () => {
  test('has what AWS told and nobody knew: of what agrees, nothing of consequence', async () => {
    const { plan, status } = await dry()
    expect(status).toBe(200)
    expect([plan.new, plan.ended, plan.missing, plan.prices]).toEqual([[], [], [], []])
    // Where they lead was not known.
    expect(plan.changed.map(({ fields }) => fields.map(({ field }) => field))).toEqual(
      plan.changed.map(() => ['destinationRegions']),
    )
    // Every page of both types.
    const systemPages = asked.filter(({ query }) => query['type'] === 'SYSTEM_DEFINED')
    expect(systemPages.length).toBe(Math.ceil(lists.profiles.length / 10))
    expect(asked.some(({ query }) => query['type'] === 'APPLICATION')).toBe(true)
    expect(asked.every((question) => question.region === region)).toBe(true)
  })

  test('takes words outside the SDK’s lists, lists longer than its schema, and leaves aside what cannot be called', async () => {
    const seven = [
      'eu-central-1',
      'eu-north-1',
      'eu-south-1',
      'eu-south-2',
      'eu-west-1',
      'eu-west-2',
      'eu-west-3',
    ]
    lists.models.push(
      summary('anthropic.claude-sonnet-6-v1:0', ['INFERENCE_PROFILE', 'SOMETHING_NEW']),
      summary('amazon.nova-sonic-v2:0', ['ON_DEMAND'], { outputModalities: ['SPEECH', 'AUDIO'] }),
      summary('amazon.nova-pro-v1:0:24k', ['PROVISIONED']),
      summary('amazon.titan-old', []),
      summary('somebody.new-model-v1:0', ['ON_DEMAND'], {
        inputModalities: ['TEXT', 'VIDEO'],
        responseStreamingSupported: null,
        modelLifecycle: null,
        addedLater: { member: true },
      }),
    )
    lists.profiles.push(
      profile(sonnet6, 'anthropic.claude-sonnet-6-v1:0', seven),
      profile('eu.amazon.nova-sonic-v2:0', 'amazon.nova-sonic-v2:0', ['eu-north-1']),
      profile('eu.not-ready', 'anthropic.claude-sonnet-6-v1:0', seven, { status: 'CREATING' }),
      profile(
        'ab12cd34ef56',
        'amazon.nova-lite-v1:0',
        ['eu-central-1', 'eu-north-1', 'eu-west-1', 'eu-west-3'],
        {
          inferenceProfileArn: application,
          inferenceProfileName: 'lite of billing',
          type: 'APPLICATION',
        },
      ),
    )
    const { plan } = await dry()
    expect(plan.new).toEqual([
      expect.objectContaining({ id: 'somebody.new-model-v1:0', enabled: false, priced: false }),
      expect.objectContaining({ id: sonnet6, kind: 'geo-profile', enabled: false, priced: false }),
      expect.objectContaining({
        id: application,
        name: 'lite of billing',
        kind: 'application-profile',
        priced: true,
      }),
    ])
    expect(plan.skipped).toEqual([
      { id: 'amazon.nova-sonic-v2:0', reason: 'makes SPEECH, AUDIO' },
      { id: 'amazon.nova-pro-v1:0:24k', reason: 'only by PROVISIONED' },
      { id: 'amazon.titan-old', reason: 'only by no way that AWS names' },
      { id: 'eu.amazon.nova-sonic-v2:0', reason: 'makes SPEECH, AUDIO' },
      { id: 'eu.not-ready', reason: 'its status is CREATING' },
    ])
    expect(plan.unpriced.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['somebody.new-model-v1:0', sonnet6]),
    )
    expect(plan.unpriced.map(({ id }) => id)).not.toContain(application)
    // What an application's profile costs is told with where that was read.
    expect(plan.prices).toEqual([expect.objectContaining({ modelId: application, region })])
  })

  test('tells what ends, with the routes that hang on it, and what is missing', async () => {
    lists.models = lists.models
      .map((model) =>
        model.modelId === 'amazon.nova-lite-v1:0'
          ? { ...model, modelLifecycle: { status: 'LEGACY', endOfLifeTime: '2027-03-01T00:00:00Z' } }
          : model,
      )
      .filter(({ modelId }) => modelId !== 'openai.gpt-oss-20b-1:0')
    lists.profiles = lists.profiles.filter(({ inferenceProfileId }) => inferenceProfileId !== micro)
    const { plan } = await dry()
    expect(plan.ended).toEqual([
      expect.objectContaining({ id: lite, status: 'legacy', endsOn: '2027-03-01' }),
    ])
    expect(plan.ended[0]?.routes).toContainEqual({ route: 'use-case/health', as: 'target' })
    // It can be called from other regions: that is what would change.
    expect(plan.changed.find(({ id }) => id === micro)?.fields).toEqual([
      {
        field: 'sourceRegions',
        from: ['eu-central-1', 'eu-north-1', 'eu-west-1', 'eu-west-3'],
        to: ['eu-north-1', 'eu-west-1', 'eu-west-3'],
      },
    ])
    expect(plan.missing).toEqual([{ id: 'openai.gpt-oss-20b-1:0', routes: [] }])
  })

  test('changes nothing', async () => {
    const before = await at.ask('/api/v1/revisions?limit=1')
    await dry({ enable: true })
    expect((await at.ask('/api/v1/revisions?limit=1')).body).toEqual(before.body)
  })
})

describe('what AWS answers wrongly is refused with what to do', () => {
  const refusals: readonly (readonly [string, (question: BedrockListQuestion) => unknown, number, RegExp])[] =
    [
      [
        'an empty list',
        () => ({ modelSummaries: [], inferenceProfileSummaries: [] }),
        409,
        /no model.*eu-central-1/,
      ],
      ['no list', () => ({}), 502, /modelSummaries/],
      ['a page of a proxy', () => '<html>', 502, /something else than JSON/],
      [
        'a model without an id',
        () => ({ modelSummaries: [{ modelName: 'x' }] }),
        502,
        /modelSummaries\[0\]\.modelId/,
      ],
      [
        'pages without end',
        ({ path }) =>
          path === '/foundation-models'
            ? { modelSummaries: lists.models }
            : { inferenceProfileSummaries: [], nextToken: 'again' },
        502,
        /no end/,
      ],
      [
        'a list that shrank',
        ({ path }) =>
          path === '/foundation-models'
            ? { modelSummaries: lists.models.slice(0, 5) }
            : { inferenceProfileSummaries: lists.profiles.slice(0, 3) },
        409,
        /lists only \d+ of the \d+ models/,
      ],
      [
        'a role without the permission',
        () => {
          throw new PointsmanError('upstream_model_unavailable', 'User: x is not authorized to perform', {
            data: { vendorName: 'AccessDeniedException', status: 403 },
          })
        },
        502,
        /not authorized.*ListInferenceProfiles.*iam policy/,
      ],
      [
        'a credential that is over',
        () => {
          throw new PointsmanError('provider_auth', 'The security token is expired')
        },
        502,
        /expired.*renew it/,
      ],
    ]
  test.each(refusals)('%s', async (_name, answer, status, words) => {
    broken = answer
    const told = await sync()
    expect([told.status, (told.body['error'] as { message: string }).message]).toEqual([
      status,
      expect.stringMatching(words),
    ])
  })

  test('a region that is none', async () => {
    const told = await sync('', { region: 'Frankfurt' })
    expect([told.status, asked]).toEqual([400, []])
  })
})

test('a plan is applied as one revision that says who and what; a second sync finds nothing to change', async () => {
  lists.models.push(summary('anthropic.claude-sonnet-6-v1:0', ['INFERENCE_PROFILE']))
  lists.profiles.push(
    profile(sonnet6, 'anthropic.claude-sonnet-6-v1:0', ['eu-central-1', 'eu-west-1'], {
      inferenceProfileName: 'EU Claude Sonnet 6',
    }),
  )
  lists.models = lists.models.map((model) =>
    model.modelId === 'amazon.nova-lite-v1:0'
      ? { ...model, modelLifecycle: { status: 'LEGACY', endOfLifeTime: '2027-03-01T00:00:00Z' } }
      : model,
  )
  const planned = await dry()
  const stale = await sync('', {}, { 'if-match': '"99"' })
  expect(stale.status).toBe(412)
  const applied = await sync('', {}, { 'if-match': `"${String(planned.body['revision'])}"` })
  expect(applied.body).toMatchObject({ applied: true, plan: planned.plan })
  const revision = Number(applied.body['revision'])
  expect(revision).toBe(Number(planned.body['revision']) + 1)
  const { body } = await at.ask('/api/v1/revisions?limit=1')
  expect(body.data).toMatchObject([
    {
      number: revision,
      state: 'published',
      actor: { kind: 'service' },
      reason: `Sync with Amazon Bedrock in eu-central-1: 1 new, ${planned.plan.changed.length} changed, 1 ended.`,
    },
  ])
  expect(await shown(sonnet6)).toMatchObject({
    name: 'EU Claude Sonnet 6',
    provider: 'anthropic',
    isAvailable: false,
    inputCostPerMTok: null,
    model: {
      ...{ kind: 'geo-profile', baseModelId: 'anthropic.claude-sonnet-6-v1:0', family: 'claude' },
      ...{ format: 'claude', sourceRegions: [region], destinationRegions: ['eu-central-1', 'eu-west-1'] },
      abilities: { images: true, streaming: true, tools: null },
    },
  })
  expect(await shown(lite)).toMatchObject({ lifecycle: 'legacy', endsOn: '2027-03-01' })
  const again = await sync()
  expect(again.body).toMatchObject({ applied: false, revision, plan: { new: [], changed: [], prices: [] } })
})

test('where a profile leads is kept by the region that is called, and its end is not taken from elsewhere', async () => {
  const ireland = 'eu-west-1'
  lists = agreeing(ireland)
  lists.models = lists.models.map((model) =>
    model.modelId === 'amazon.nova-micro-v1:0'
      ? { ...model, modelLifecycle: { status: 'LEGACY', endOfLifeTime: '2026-12-31T00:00:00Z' } }
      : model,
  )
  lists.profiles = lists.profiles.map((one) =>
    one.inferenceProfileId === micro
      ? profile(micro, 'amazon.nova-micro-v1:0', ['eu-west-1', 'eu-west-2', 'eu-west-3'])
      : one,
  )
  const { body } = await sync('', { region: ireland })
  expect(body).toMatchObject({ applied: true })
  expect(await shown(micro)).toMatchObject({
    lifecycle: 'active',
    model: {
      destinationRegions: ['eu-central-1', 'eu-north-1', 'eu-west-1', 'eu-west-3'],
      destinationsFrom: { [ireland]: ['eu-west-1', 'eu-west-2', 'eu-west-3'] },
    },
  })
})

test('what a newer release knows of prices is added as dated rows; a figure that is far off refuses the sync', async () => {
  const present = catalogue.prices.find((price) => price.modelId === micro && price.region === region)
  if (present === undefined) throw new Error('the catalogue has a price of it')
  const effectiveFromMs = Date.parse('2026-11-20')
  const cheaper = {
    ...present,
    ...{ id: priceId(`${micro}@${region}@2026-11-20`), effectiveFromMs, inputPicoUsd: 40_000 },
  }
  curated = { ...catalogue, prices: [...catalogue.prices, cheaper] }
  const { plan } = await dry()
  expect(plan.prices).toEqual([
    expect.objectContaining({
      ...{ modelId: micro, region, effectiveFromMs },
      from: { inputPicoUsd: present.inputPicoUsd, outputPicoUsd: present.outputPicoUsd },
      to: { inputPicoUsd: 40_000, outputPicoUsd: present.outputPicoUsd },
    }),
  ])
  curated = { ...catalogue, prices: [...catalogue.prices, { ...cheaper, inputPicoUsd: 40 }] }
  expect((await dry()).status).toBe(409)
})
