import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  drill,
  drillId,
  ending,
  keys,
  modelDetail,
  models,
  outcome,
  providers,
  requestId,
  route,
  switchId,
  switchRows,
  usageRecord,
  usageTotals,
} from './testing/fake-answers.ts'
import {
  run,
  startFakeServer,
  type Answers,
  type FakeServer,
  type Ran,
  type RunOptions,
} from './testing/run.ts'

const nova = 'eu.amazon.nova-pro-v1:0'
const novaInPath = '/api/v1/models/eu.amazon.nova-pro-v1%3A0'
const page = (data: readonly unknown[]) => ({ data, nextCursor: null })
const newKey = {
  ...{ ...keys[0], pending: [], unheard: [], key: 'pm_wnGeeAdHuE1E_secret_sum' },
  aws: { accessKeyId: 'wnGeeAdHuE1E', secretAccessKey: 'kept-nowhere' },
}
const validation = {
  ...{ valid: true, exists: true, available: true, lifecycle: 'active', capabilities: {} },
  ...{ problems: ['No price of it is known'], probe: { ok: true, latencyMs: 196 } },
}
const orchestrate = 'POST /functions/v1/orchestrate-bedrock-models'
const { notification: _none, ranking: _ranking, ...switchData } = outcome
const ranking = [
  { model: nova, score: 100, passed: true, reasons: ['place 1 of 2 in the curated order'] },
  { model: 'old', score: 0, passed: false, reasons: ['old is past its end of life', 'never chosen'] },
]

const policy = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'bedrock:InvokeModel', Resource: '*' }],
}
const everyoneKnows = { pending: [], unheard: [] }
const agent = { ...route, kind: 'agent', name: 'sql_agent', key: 'agent/sql_agent' }
const rotate = 'POST /api/v1/keys/wnGeeAdHuE1E/rotate'
const everything: Answers = {
  'GET /api/v1/models': page(models),
  'GET /api/v1/providers': page(providers),
  [`GET ${novaInPath}`]: modelDetail,
  [`PATCH ${novaInPath}`]: { ...modelDetail, ...everyoneKnows },
  [`POST ${novaInPath}/validate`]: validation,
  'GET /api/v1/use-cases': page([route]),
  'GET /api/v1/use-cases/clinical': { ...route },
  'PUT /api/v1/use-cases/clinical': { ...route, ...everyoneKnows },
  'GET /api/v1/agents': page([]),
  'GET /api/v1/agents/sql_agent': agent,
  'PUT /api/v1/agents/sql_agent': { ...agent, ...everyoneKnows },
  'POST /api/v1/switches': { ...outcome },
  'GET /api/v1/switches': page(switchRows),
  [`GET /api/v1/switches/${switchId}`]: { ...switchRows[0] },
  [`POST /api/v1/switches/${switchId}/revert`]: { ...outcome },
  'GET /api/v1/switches/verify': { valid: true, count: 2, head: 'ab12' },
  [orchestrate]: { success: true, action: 'auto-switch', data: { ...switchData, ranking } },
  'GET /api/v1/usage': usageTotals,
  'GET /api/v1/usage/records': page([usageRecord]),
  [`GET /api/v1/requests/${requestId}/explain`]: {
    requestId,
    words: ['It was asked.', 'It cost $1.'],
    record: usageRecord,
  },
  [`GET /api/v1/requests/${requestId}/captured`]: {
    ...{ requestId, conversationId: null, userId: 'ada', useCase: 'clinical', modelId: nova },
    createdAt: '2026-11-26T00:00:00.000Z',
    prompt: '[user]\nWhen does it \u001b[31mopen?',
    answer: 'At six.',
    truncated: true,
  },
  'GET /api/v1/iam/policy': {
    ...{ policy, models: [nova], characters: 200 },
    fits: { inline: true, managed: true },
  },
  'GET /api/v1/lifecycle': page(ending),
  'GET /api/v1/drills': page([drill]),
  [`GET /api/v1/drills/${drillId}`]: { ...drill },
  'POST /api/v1/drills': {
    ...{ ...drill, state: 'running', endedAt: null, endedBy: null, endReason: null },
    ...{ warnings: ['No model is left.'], pending: ['replica-2'], unheard: [] },
  },
  [`POST /api/v1/drills/${drillId}/stop`]: { ...drill, pending: [], unheard: [] },
  'GET /api/v1/keys': page(keys),
  'POST /api/v1/keys': newKey,
  'POST /api/v1/keys/wnGeeAdHuE1E/rotate': newKey,
  'PATCH /api/v1/keys/wnGeeAdHuE1E': newKey,
  'DELETE /api/v1/keys/wnGeeAdHuE1E': newKey,
}

let server: FakeServer
beforeEach(async () => {
  server = await startFakeServer(everything)
})
afterEach(() => server.close())
const ask = (line: string, options: RunOptions = {}): Promise<Ran> =>
  run(line.split(' '), { url: server.url, ...options })

describe('every command asks its question once and prints JSON for programs', () => {
  test.each<[string, string, unknown?]>([
    [
      'models list --provider amazon --enabled',
      'GET /api/v1/models?includeDisabled=false&provider=amazon&limit=1000',
    ],
    ['models', 'GET /api/v1/models?includeDisabled=true&limit=1000'],
    [`models show ${nova}`, `GET ${novaInPath}`],
    [`models enable ${nova}`, `PATCH ${novaInPath}`, { enabled: true }],
    [`models disable ${nova} --reason slow`, `PATCH ${novaInPath}`, { enabled: false, reason: 'slow' }],
    [`models set-default ${nova} -r why`, `PATCH ${novaInPath}`, { isDefault: true, reason: 'why' }],
    [`validate ${nova} --probe`, `POST ${novaInPath}/validate`, { probe: true }],
    ['providers list', 'GET /api/v1/providers'],
    [
      'iam policy --account 111122223333 --vendors amazon,meta --compact',
      'GET /api/v1/iam/policy?account=111122223333&compact=true&bearerTokens=false&vendors=amazon%2Cmeta',
    ],
    ['use-cases', 'GET /api/v1/use-cases'],
    ['use-cases show clinical', 'GET /api/v1/use-cases/clinical'],
    ['agents list', 'GET /api/v1/agents'],
    ['agents show sql_agent', 'GET /api/v1/agents/sql_agent'],
    [
      `agents set sql_agent --provider bedrock --model ${nova} --fallbacks a,b -r why`,
      'PUT /api/v1/agents/sql_agent',
      { llm_provider: 'bedrock', llm_model: nova, fallbacks: ['a', 'b'], reason: 'why' },
    ],
    ['agents set sql_agent --inherit', 'PUT /api/v1/agents/sql_agent', { target: null }],
    ['agents set sql_agent --heartbeat off', 'PUT /api/v1/agents/sql_agent', { heartbeatMs: 0 }],
    ['use-cases set clinical --capture on', 'PUT /api/v1/use-cases/clinical', { capture: true }],
    ['agents set sql_agent --capture off', 'PUT /api/v1/agents/sql_agent', { capture: false }],
    ['use-cases set clinical --heartbeat 15', 'PUT /api/v1/use-cases/clinical', { heartbeatMs: 15_000 }],
    ['use-cases set clinical --heartbeat default', 'PUT /api/v1/use-cases/clinical', { heartbeatMs: null }],
    [
      `switch ${nova} --use-case clinical --user u --conversation c --agent a --role r --reason why --apply-to-all`,
      'POST /api/v1/switches',
      {
        modelId: nova,
        useCase: 'clinical',
        userId: 'u',
        conversationId: 'c',
        agent: 'a',
        role: 'r',
        reason: 'why',
        applyTo: 'all',
      },
    ],
    [`switch ${nova} --dry-run`, 'POST /api/v1/switches?dryRun=true', { modelId: nova }],
    [
      'auto-switch clinical --objective cost --exclude a,b --exclude c --dry-run',
      orchestrate,
      {
        action: 'auto-switch',
        useCase: 'clinical',
        objective: 'cost',
        exclude: ['a', 'b', 'c'],
        dryRun: true,
      },
    ],
    [
      'switches list --use-case clinical --refused --limit 5',
      'GET /api/v1/switches?limit=6&useCase=clinical&includeRefused=true',
    ],
    [`switches show ${switchId}`, `GET /api/v1/switches/${switchId}`],
    [
      `switches revert ${switchId} --reason worse`,
      `POST /api/v1/switches/${switchId}/revert`,
      { reason: 'worse' },
    ],
    ['switches verify', 'GET /api/v1/switches/verify'],
    [
      'usage --group-by use-case --from 2026-11-01 --to 2026-11-02T00:00:00Z --interval day',
      'GET /api/v1/usage?groupBy=useCase&from=2026-11-01&to=2026-11-02T00%3A00%3A00Z&interval=day',
    ],
    ['usage records --outcome failed --limit 3', 'GET /api/v1/usage/records?outcome=failed&limit=4'],
    [`explain ${requestId}`, `GET /api/v1/requests/${requestId}/explain`],
    [`explain ${requestId} --captured`, `GET /api/v1/requests/${requestId}/captured`],
    ['lifecycle --days 30', 'GET /api/v1/lifecycle?days=30'],
    [
      'drill start use-case/clinical cut --after-parts 3 --percent 20 --for 2m --stop-above 25 --reason why',
      'POST /api/v1/drills',
      {
        ...{ route: 'use-case/clinical', fault: 'cut', reason: 'why', afterParts: 3, percent: 20 },
        ...{ durationSeconds: 120, stopAbovePercent: 25 },
      },
    ],
    [
      `drill start default 429 --retry-after 2 --model ${nova} --reason why`,
      'POST /api/v1/drills',
      { route: 'default', fault: '429', reason: 'why', retryAfterSeconds: 2, model: nova },
    ],
    [
      'drill start default latency --latency 900 --every-model --reason why',
      'POST /api/v1/drills',
      { route: 'default', fault: 'latency', reason: 'why', latencyMs: 900, everyModel: true },
    ],
    ['drill list --route default --limit 3', 'GET /api/v1/drills?route=default&limit=4'],
    [`drill show ${drillId}`, `GET /api/v1/drills/${drillId}`],
    [`drill stop ${drillId} --reason enough`, `POST /api/v1/drills/${drillId}/stop`, { reason: 'enough' }],
    [`usage records --drill ${drillId}`, `GET /api/v1/usage/records?drill=${drillId}&limit=21`],
    ['keys list --revoked', 'GET /api/v1/keys?includeRevoked=true'],
    [
      'keys create --name ci --scopes invoke,read --routes use-case/clinical --models m --requests-per-minute 5 --spend-per-day 2.5 --expires 2027-01-31 --aws',
      'POST /api/v1/keys',
      {
        ...{ name: 'ci', scopes: ['invoke', 'read'], routes: ['use-case/clinical'], models: ['m'] },
        ...{ requestsPerMinute: 5, spendPerDayUsd: 2.5, expiresAt: '2027-02-01T00:00:00.000Z', aws: true },
      },
    ],
    ['keys create --name ci --expires 1d', 'POST /api/v1/keys', { name: 'ci', expiresInSeconds: 86_400 }],
    ['keys set wnGeeAdHuE1E --expires none', 'PATCH /api/v1/keys/wnGeeAdHuE1E', { expiresAt: null }],
    [
      'keys set wnGeeAdHuE1E --name ward --requests-per-minute 9 --spend-per-day none --routes none --expires 12h',
      'PATCH /api/v1/keys/wnGeeAdHuE1E',
      { name: 'ward', requestsPerMinute: 9, spendPerDayUsd: null, routes: null, expiresInSeconds: 43_200 },
    ],
    ['keys rotate wnGeeAdHuE1E', rotate],
    ['keys rotate wnGeeAdHuE1E --aws', `${rotate}?aws=true`],
    ['keys rotate wnGeeAdHuE1E --overlap 24h', `${rotate}?overlapSeconds=86400`],
    ['keys rotate wnGeeAdHuE1E --overlap 2027-01-31', `${rotate}?until=2027-02-01T00%3A00%3A00.000Z`],
    ['keys revoke wnGeeAdHuE1E', 'DELETE /api/v1/keys/wnGeeAdHuE1E'],
  ])('%s', async (line, question, body) => {
    const { code, out, error } = await ask(`${line} --json`)
    expect([code, error]).toEqual([0, ''])
    expect(JSON.parse(out)).toBeTypeOf('object')
    expect(server.received.map((received) => received.line)).toEqual([question])
    expect(server.received[0]?.body).toEqual(body)
    const forPeople = await ask(line)
    expect([forPeople.code, forPeople.error]).toEqual([0, ''])
    expect(forPeople.out).not.toBe('')
  })
})

describe('tables at 80 and at 120 columns', () => {
  const lines = [
    'models list',
    'providers list',
    'use-cases list',
    'switches list --refused',
    'usage',
    'usage records',
    'lifecycle',
    'drill list',
    'keys list',
  ]
  test.each(lines)('%s fits both', async (line) => {
    for (const columns of [80, 120]) {
      const { out } = await ask(line, { columns })
      for (const text of out.split('\n')) expect(text.length, text).toBeLessThanOrEqual(columns)
    }
  })

  test.each(lines)('%s looks like this', async (line) => {
    const shown = await Promise.all([80, 120].map((columns) => ask(line, { columns })))
    await expect(shown.map(({ out }) => out).join('\n')).toMatchFileSnapshot(
      `testing/golden/${line.replace(' --refused', '').replaceAll(' ', '-')}.txt`,
    )
  })

  test.each([
    ['models-show', `models show ${nova}`],
    ['use-cases-show', 'use-cases show clinical'],
    ['switches-show', `switches show ${switchId}`],
    ['switch', `switch ${nova} --use-case clinical`],
    ['auto-switch', 'auto-switch clinical'],
    ['validate', `validate ${nova} --probe`],
    ['switches-verify', 'switches verify'],
    ['explain', `explain ${requestId}`],
    ['explain-captured', `explain ${requestId} --captured`],
    ['keys-create', 'keys create --name ci --aws'],
    ['keys-revoke', 'keys revoke wnGeeAdHuE1E'],
    ['drill-start', 'drill start use-case/clinical cut --after-parts 3 --reason why'],
    ['drill-show', `drill show ${drillId}`],
    ['drill-stop', `drill stop ${drillId}`],
    ['models-disable', `models disable ${nova}`],
    ['agents-list', 'agents list'],
    ['agents-set', `agents set sql_agent --model ${nova}`],
  ])('%s looks like this, too', async (name, line) => {
    const { out } = await ask(line, { columns: 80 })
    await expect(out).toMatchFileSnapshot(`testing/golden/${name}.txt`)
    for (const text of out.split('\n')) expect(text.length, text).toBeLessThanOrEqual(80)
  })
})

describe('a switch tells', () => {
  const showing = async (more: object): Promise<string> => {
    await server.close()
    server = await startFakeServer({ 'POST /api/v1/switches': { ...outcome, ...more } })
    const { code, out } = await ask(`switch ${nova}`)
    expect(code).toBe(0)
    return out
  }

  test('what is not live yet, what it does not reach, and what to look out for', async () => {
    const out = await showing({
      pending: ['replica-1', 'replica-2'],
      unheard: [],
      masks: ['use-case/clinical', 'agent/a'],
      warnings: ['it is past its end of life'],
    })
    expect(out).toContain('Revision 8, not yet confirmed by replicas replica-1, replica-2.')
    expect(out).toContain(
      'These keep a model of their own, which this does not touch: use-case/clinical, agent/a.',
    )
    expect(out).toContain('Warning: it is past its end of life.')
    expect(out).toContain(`pointsman switches revert ${switchId}`)
  })

  test('that what served by inheritance is set now', async () => {
    expect(await showing({ fromId: nova, from: 'Amazon Nova Pro' })).toMatch(
      /^✓ use-case\/clinical keeps to Amazon Nova Pro from now on\n/,
    )
  })

  test('that nothing was changed, and why', async () => {
    const none = { switched: false, switchId: null }
    expect(await showing({ ...none, dryRun: true })).toMatch(
      /^Would switch use-case\/clinical: .* Nothing was changed\./,
    )
    const kept = { fromId: nova, from: 'Amazon Nova Pro' }
    expect(await showing({ ...none, ...kept, unchanged: true })).toMatch(
      /^Amazon Nova Pro serves use-case\/clinical already\. Nothing was changed\./,
    )
    expect(await showing({ ...none, ...kept, dryRun: true })).toMatch(
      /^use-case\/clinical would keep to Amazon Nova Pro from now on\. Nothing was changed\./,
    )
    expect(await showing({ ...none, warnings: ['clinical only proposes'] })).toMatch(
      /^Proposed only: [^]*Warning: clinical only proposes\./,
    )
  })
})

test('what is invalid ends with exit code 1 for scripts, and says why', async () => {
  await server.close()
  server = await startFakeServer({
    [`POST ${novaInPath}/validate`]: {
      ...validation,
      valid: false,
      problems: ['It is disabled'],
      probe: null,
    },
    'GET /api/v1/switches/verify': {
      ...{ valid: false, count: 9, head: 'ab' },
      firstBad: { sequence: 4, problem: 'its hash does not fit its text' },
    },
  })
  const invalid = await ask(`validate ${nova}`)
  expect([invalid.code, invalid.out]).toEqual([1, expect.stringContaining('- It is disabled')])
  const broken = await ask('switches verify')
  expect(broken).toMatchObject({
    code: 1,
    out: expect.stringContaining('at record 4: its hash does not fit') as string,
  })
  expect((await ask('switches verify --json')).code).toBe(1)
})

test('a list of several pages is shown whole, a long one up to its limit', async () => {
  await server.close()
  const rows = Array.from({ length: 30 }, (_, index) => ({ ...switchRows[0], id: `switch-${index}` }))
  server = await startFakeServer({
    'GET /api/v1/switches?limit=13': { data: rows.slice(0, 10), nextCursor: 'next' },
    'GET /api/v1/switches?limit=13&cursor=next': { data: rows.slice(10, 20), nextCursor: 'more' },
    'GET /api/v1/models?includeDisabled=true&limit=1000': { data: models.slice(0, 2), nextCursor: 'next' },
    'GET /api/v1/models?includeDisabled=true&limit=1000&cursor=next': {
      data: models.slice(2),
      nextCursor: null,
    },
    'GET /api/v1/providers': page([]),
  })
  const { out } = await ask('switches list --limit 12')
  expect(out.match(/switch-\d+/g)).toHaveLength(12)
  expect(out).toContain('There are more: --limit 60')
  expect((await ask('models list')).out.trim().split('\n')).toHaveLength(1 + models.length)
})

test('an empty list says so in words', async () => {
  await server.close()
  server = await startFakeServer({
    'GET /api/v1/switches': page([]),
    'GET /api/v1/keys': page([]),
    'GET /api/v1/lifecycle': page([]),
    'GET /api/v1/usage': { ...usageTotals, data: [] },
    'GET /api/v1/usage/records': page([]),
  })
  const said = await Promise.all(
    ['switches', 'keys', 'lifecycle', 'usage', 'usage records'].map((line) => ask(line)),
  )
  expect(said.map(({ out }) => out.trim().split('\n').at(-1))).toEqual([
    'Nothing was switched yet.',
    'There are no keys yet: pointsman keys create --name NAME',
    'No model ends within 90 days.',
    'No requests in that time.',
    'No records.',
  ])
})

test.each([
  ['drill start default 418 --reason why', 'FAULT is one of 429, '],
  ['drill start default 429', '--reason is missing'],
  ['drill start default 429 --reason why --for 2h', '--for takes 1h at most'],
  ['drill start default 429 --reason why --for 90', '--for takes a span'],
])('"%s" is wrongly typed', async (line, said) => {
  const { code, error } = await ask(line)
  expect([code, server.received]).toEqual([2, []])
  expect(error).toContain(said)
})
