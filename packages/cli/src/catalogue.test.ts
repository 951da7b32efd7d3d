import { afterEach, beforeEach, expect, test } from 'vitest'
import { refuse, run, startFakeServer, type FakeServer, type RunOptions } from './testing/run.ts'

const sonnet = 'eu.anthropic.claude-sonnet-6-v1:0'
const nothing = {
  ...{ new: [], changed: [], ended: [], prices: [], unpriced: [], missing: [], skipped: [], warnings: [] },
}
const plan = {
  ...nothing,
  new: [{ id: sonnet, name: 'Claude Sonnet 6', kind: 'geo-profile', enabled: false, priced: false }],
  changed: [
    { id: 'a', name: 'A', fields: [{ field: 'sourceRegions', from: null, to: ['eu-west-1', 'eu-west-3'] }] },
  ],
  ended: [
    {
      ...{ id: 'b', name: 'B', status: 'legacy', endsOn: '2027-06-30', replacement: 'c' },
      routes: [
        { route: 'default', as: 'candidate' },
        { route: 'use-case/health', as: 'target' },
      ],
    },
  ],
  prices: [
    {
      ...{ modelId: 'a', region: 'eu-west-1', effectiveFromMs: Date.parse('2026-11-26'), source: 's' },
      from: { inputPicoUsd: 1_050_000, outputPicoUsd: 4_200_000 },
      to: { inputPicoUsd: 800_000, outputPicoUsd: null },
    },
  ],
  unpriced: [{ id: sonnet, region: 'eu-central-1' }],
  missing: [{ id: 'd', routes: [] }],
  skipped: ['e', 'f', 'g', 'h', 'i', 'j'].map((id) => ({ id, reason: 'makes IMAGE' })),
  warnings: ['Something to know.'],
}

let server: FakeServer
beforeEach(async () => {
  server = await startFakeServer({
    'POST /api/v1/models/sync?dryRun=true': { applied: false, revision: 7, pending: [], unheard: [], plan },
    'POST /api/v1/models/sync?dryRun=false': {
      applied: true,
      revision: 8,
      pending: ['slow'],
      unheard: [],
      plan,
    },
    'POST /api/v1/models/import?dryRun=true': {
      applied: false,
      revision: 7,
      pending: [],
      unheard: [],
      plan: nothing,
    },
    'POST /api/v1/models/import?dryRun=false': { applied: true, revision: 8, pending: [], unheard: [], plan },
    'POST /api/v1/models': (response, { body }) => {
      if ((body as { provider: string }).provider === 'bedrok')
        return refuse(400, { code: 'invalid_request', message: '"provider" is bedrok. Nearest: bedrock.' })(
          response,
        )
      const detail = {
        name: 'N',
        isAvailable: true,
        inputCostPerMTok: null,
        region: 'eu-central-1',
        revision: 9,
        pending: [],
        unheard: [],
      }
      response.writeHead(201, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ ...detail, id: (body as { id: string }).id }))
    },
  })
})
afterEach(() => server.close())

const ask = (line: string, options: RunOptions = {}) => run(line.split(' '), { url: server.url, ...options })
const asked = () =>
  server.received.map(({ line, headers }) => [line.replace(/.*\?/, ''), headers['if-match'] ?? null])

test('a plan is shown whole, and nothing is changed unless that was asked for', async () => {
  const { code, out } = await ask('models sync --region eu-west-1')
  expect(code).toBe(0)
  expect(server.received[0]?.body).toEqual({ region: 'eu-west-1', enable: false })
  expect(asked()).toEqual([['dryRun=true', null]])
  for (const words of [
    /new +eu\.anthropic.* off until `pointsman models enable eu\.anthropic.*no price known/,
    /changed +a +sourceRegions: not known → eu-west-1, eu-west-3/,
    /ended +b +legacy, ends on 2027-06-30; replace by c; target of use-case\/health, candidate of default/,
    /price +a +\$1\.05 in, \$4\.20 out → \$0\.80 in, \? out in eu-west-1, from 2026-11-26 00:00:00/,
    /unpriced +eu\.anthropic.*in eu-central-1/,
    /missing +d +not listed any more/,
    /Left aside: makes IMAGE: e, f, g, h, i and 1 more/,
    /- Something to know\./,
    /1 new, 1 changed, 1 ended, 1 price\.\nNothing was changed\. --apply makes the change\./,
  ])
    expect(out).toMatch(words)
})

test('where input and output cost what they did, a plan of prices tells what differs', async () => {
  const rates = { inputPicoUsd: 2_000_000, outputPicoUsd: 10_000_000 }
  const fields = ['cacheReadPicoUsd', 'tiers', 'serviceTiers.flex', 'serviceTiers.pt-6.5.tiers']
  const price = { modelId: 'a', region: '*', effectiveFromMs: Date.parse('2026-11-26'), source: 's' }
  const told = { ...nothing, prices: [{ ...price, from: rates, to: rates, fields }] }
  const other = await startFakeServer({
    'POST /api/v1/models/import': { applied: false, revision: 7, pending: [], unheard: [], plan: told },
  })
  const { out } = await ask('models import - --name x', { url: other.url, input: ['{}'], columns: 200 })
  await other.close()
  expect(out).toMatch(
    /price +a +\$2 in, \$10 out as before; cache reads, long inputs, service tiers flex, pt-6\.5, from 2026-11-26/,
  )
})

test('a person is asked, and what was shown is what is made', async () => {
  const { code, out } = await ask('models sync', { typed: true, input: ['y\n'], columns: 120 })
  expect([code, asked()]).toEqual([
    0,
    [
      ['dryRun=true', null],
      ['dryRun=false', '"7"'],
    ],
  ])
  expect(out).toMatch(
    /Make this change\? \[y\/N\] .*✓ 1 new, .*Revision 8, not yet confirmed by replica slow/s,
  )
  for (const answer of ['n\n', '\n', 'yesterday\n']) {
    const before = server.received.length
    const refused = await ask('models sync', { typed: true, input: [answer] })
    expect([refused.code, server.received.length - before]).toEqual([0, 1])
    expect(refused.out).toContain('Nothing was changed.')
  }
})

test('--apply asks nobody, --json prints the whole answer, and both flags together are refused', async () => {
  const applied = await ask('models sync --apply --enable --json', { typed: true })
  expect(JSON.parse(applied.out)).toMatchObject({ applied: true, revision: 8 })
  expect([asked(), server.received[0]?.body]).toEqual([[['dryRun=false', null]], { enable: true }])
  const both = await ask('models sync --apply --dry-run')
  expect([both.code, both.error]).toEqual([2, expect.stringContaining('contradict')])
})

test('a file is sent with its name, and standard input only with one', async () => {
  const { code, out } = await ask('models import - --name LLMModels-prod --only a,b --from 2026-12-01', {
    input: ['[{"model_id": "a"}]'],
  })
  expect([code, out]).toEqual([0, '✓ Nothing to change.\n'])
  expect(server.received[0]?.body).toEqual({
    ...{ text: '[{"model_id": "a"}]', name: 'LLMModels-prod', only: ['a', 'b'] },
    ...{ effectiveFrom: '2026-12-01', enable: false },
  })
  const nameless = await ask('models import -', { input: ['[]'] })
  expect([nameless.code, nameless.error]).toEqual([2, expect.stringContaining('--name')])
  const form = await ask('models import - --name x --form csv', { input: ['[]'] })
  expect([form.code, form.error]).toEqual([2, expect.stringContaining('--form takes')])
})

test('a model is added with what was said, and a slip of the pen is told', async () => {
  const { code, out } = await ask(
    `models add ${sonnet} --input 3.3 --output 16.5 --can tools,json-schema --cannot images --context 200000 --use-case clinical`,
  )
  expect([code, out]).toEqual([
    0,
    expect.stringMatching(/✓ eu\.anthropic.*No price is known in eu-central-1/s),
  ])
  expect(server.received[0]?.body).toEqual({
    ...{ id: sonnet, provider: 'bedrock', contextTokens: 200_000, useCase: 'clinical', enabled: true },
    ...{ abilities: { tools: true, jsonSchema: true, images: false }, lifecycle: {} },
    prices: [
      {
        ...{ region: '*', inputPicoUsd: 3_300_000, outputPicoUsd: 16_500_000, cacheReadPicoUsd: null },
        ...{ cacheWrite5mPicoUsd: null, source: 'pointsman models add' },
      },
    ],
  })
  await ask(`models add ${sonnet} --input 3 --output 16 --service-tiers flex=1.5/8,priority=5.25/28/0.5`)
  expect(server.received.at(-1)?.body).toMatchObject({
    prices: [
      {
        inputPicoUsd: 3_000_000,
        serviceTiers: [
          { serviceTier: 'flex', inputPicoUsd: 1_500_000, outputPicoUsd: 8_000_000, cacheReadPicoUsd: null },
          {
            serviceTier: 'priority',
            inputPicoUsd: 5_250_000,
            outputPicoUsd: 28_000_000,
            cacheReadPicoUsd: 500_000,
          },
        ],
      },
    ],
  })
  const ability = await ask('models add x --can tols')
  expect([ability.code, ability.error]).toEqual([2, expect.stringContaining('Did you mean "tools"?')])
  for (const alone of ['--cache-read 1', '--service-tiers flex=1/2', '--input 1 --service-tiers flex=1'])
    expect((await ask(`models add x ${alone}`)).code).toBe(2)
  for (const least of [
    '--input 0.0000004 --output 1',
    '--input 1 --output 1 --service-tiers flex=1/0.0000004',
  ]) {
    const { code, error } = await ask(`models add x ${least}`)
    expect([code, error]).toEqual([2, expect.stringContaining('4e-7 would be kept as 0')])
  }
  const provider = await ask('models add x --provider bedrok')
  expect([provider.code, provider.error]).toEqual([1, expect.stringContaining('Nearest: bedrock')])
})
