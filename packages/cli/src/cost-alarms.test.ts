import { afterEach, beforeEach, expect, test } from 'vitest'
import { costAlarms } from './testing/fake-answers.ts'
import { run, startFakeServer, type FakeServer } from './testing/run.ts'

const page = (data: readonly object[]) => ({ data, nextCursor: null })

let server: FakeServer
beforeEach(async () => {
  server = await startFakeServer({
    'GET /api/v1/alarms': page([
      {
        ...{ id: 'a-1', kind: 'cost', subject: 'budget', message: 'Everything cost $51.20 this month.' },
        ...{ since: '2026-11-26T00:00:00.000Z', clearedAt: null },
      },
    ]),
    'GET /api/v1/cost-alarms': page(costAlarms),
    'PUT /api/v1/cost-alarms/budget': { ...costAlarms[0], signingSecret: 'whsec_c2VjcmV0' },
    'DELETE /api/v1/cost-alarms/budget': { deleted: true },
    'POST /api/v1/cost-alarms/budget/test': { queued: true },
  })
})
afterEach(() => server.close())

test.each<[string, string, unknown?]>([
  ['alarms list', 'GET /api/v1/alarms?includeCleared=false'],
  ['cost-alarms list', 'GET /api/v1/cost-alarms'],
  [
    'cost-alarms set budget --above 50 --period month --webhook https://hooks.example/cost',
    'PUT /api/v1/cost-alarms/budget',
    { aboveUsd: 50, period: 'month', webhookUrl: 'https://hooks.example/cost' },
  ],
  [
    'cost-alarms set budget --agent sql_agent --above-mean 300 --least 1',
    'PUT /api/v1/cost-alarms/budget',
    { dimension: 'agent', subject: 'sql_agent', aboveMeanPercent: 300, leastUsd: 1 },
  ],
  [
    'cost-alarms set budget --key-id wnGeeAdHuE1E --above 5',
    'PUT /api/v1/cost-alarms/budget',
    { dimension: 'key', subject: 'wnGeeAdHuE1E', aboveUsd: 5 },
  ],
  ['cost-alarms remove budget', 'DELETE /api/v1/cost-alarms/budget'],
  ['cost-alarms test budget', 'POST /api/v1/cost-alarms/budget/test'],
])('%s asks its question once and prints JSON for programs', async (line, question, body) => {
  const { code, out } = await run([...line.split(' '), '--json'], { url: server.url })
  expect(code).toBe(0)
  expect(JSON.parse(out)).toBeTruthy()
  expect(server.received.map((received) => received.line)).toEqual([question])
  expect(server.received[0]?.body).toEqual(body)
})

const alarmed = async (count: number): Promise<void> => {
  await server.close()
  const one = { kind: 'cost', message: 'm', since: '2026-11-26T00:00:00.000Z', clearedAt: null }
  const rows = Array.from({ length: count }, (_, at) => ({ ...one, id: `a-${at}`, subject: `budget-${at}` }))
  server = await startFakeServer({ 'GET /api/v1/alarms': page(rows) })
}

test.each(['alarms list', 'alarms list --json'])('%s leaves none out', async (line) => {
  await alarmed(1_001)
  const { out } = await run(line.split(' '), { url: server.url })
  expect(out.match(/budget-\d+/g)).toHaveLength(1_001)
})

test('alarms list --cleared, which only grows, tells the newest and that there are more', async () => {
  await alarmed(30)
  const { out } = await run(['alarms', 'list', '--cleared'], { url: server.url })
  expect(out.match(/budget-\d+/g)).toHaveLength(20)
  expect(out).toContain('There are more: --limit 100')
  const all = await run(['alarms', 'list', '--cleared', '--limit', '100'], { url: server.url })
  expect(all.out.match(/budget-\d+/g)).toHaveLength(30)
  expect(all.out).not.toContain('There are more')
  expect(server.received.map(({ line }) => line.replace(/.*limit=/, ''))).toEqual(['21', '101'])
})

test.each([
  ['alarms-list', 'alarms list'],
  ['cost-alarms-list', 'cost-alarms list'],
  ['cost-alarms-set', 'cost-alarms set budget --above 50'],
])('%s looks like this', async (name, line) => {
  const shown = await Promise.all(
    [80, 120].map((columns) => run(line.split(' '), { url: server.url, columns })),
  )
  for (const text of shown[0]?.out.split('\n') ?? []) expect(text.length).toBeLessThanOrEqual(80)
  await expect(shown.map(({ out }) => out).join('\n')).toMatchFileSnapshot(`testing/golden/${name}.txt`)
})

test.each([
  ['cost-alarms set budget', 'one of --above and --above-mean'],
  ['cost-alarms set budget --above 1 --above-mean 200', 'one of --above and --above-mean'],
  ['cost-alarms set budget --above 1 --route a --agent b', 'exclude each other'],
  ['cost-alarms set budget --above 1 --period year', 'hour, day, month'],
])('%s is refused before anybody is asked', async (line, why) => {
  const { code, error } = await run(line.split(' '), { url: server.url })
  expect(code).toBe(2)
  expect(error).toContain(why)
  expect(server.received).toEqual([])
})
