import { afterEach, beforeEach, expect, test } from 'vitest'
import { run, startFakeServer, type FakeServer, type RunOptions } from './testing/run.ts'

const plan = {
  new: [{ agent: 'sql_agent', to: 'a' }],
  moved: [
    { agent: 'web_agent', from: 'a', to: 'b' },
    { agent: 'old_agent', from: null, to: 'b' },
  ],
  unchanged: ['other_agent'],
  refused: [{ key: 'lost/v1', reason: 'Model not found: c' }],
  skipped: [{ key: 'sql_agent/v1', reason: 'sql_agent/v2 is in force for the agent sql_agent' }],
  warnings: ['web_agent: b ends on 2027-06-30'],
}
const nothing = { new: [], moved: [], unchanged: ['a'], refused: [], skipped: [], warnings: [] }
const table = {
  ...{ kind: 'agents', table: 'AgentRegistry-dev', state: 'following', writeBack: true, host: 'one' },
  ...{ lookedAt: '2026-11-26T12:00:00.000Z', everyMs: 2_000, items: 3, problem: null, problemSince: null },
  aside: [
    { key: 'lost/v1', state: 'refused', problem: 'Model not found: c', since: '2026-11-26T11:00:00.000Z' },
  ],
}
let followed: readonly unknown[] = []

let server: FakeServer
beforeEach(async () => {
  server = await startFakeServer({
    'POST /api/v1/agents/import?dryRun=true': (response, { body }) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const isKnown = (body as { dynamodb?: string }).dynamodb === 'AgentRegistry-known'
      response.end(
        JSON.stringify({
          applied: false,
          revision: 7,
          pending: [],
          unheard: [],
          plan: isKnown ? nothing : plan,
        }),
      )
    },
    'POST /api/v1/agents/import?dryRun=false': (response, { body }) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const isWrong = (body as { dynamodb?: string }).dynamodb === 'AgentRegistry-wrong'
      const outcome = isWrong ? { plan: { ...nothing, refused: plan.refused } } : { plan }
      response.end(JSON.stringify({ applied: !isWrong, revision: 8, pending: [], unheard: [], ...outcome }))
    },
    'GET /api/v1/followed-tables': (response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ data: followed, nextCursor: null }))
    },
  })
})
afterEach(() => server.close())
const pointsman = (args: readonly string[], options: RunOptions = {}) =>
  run(args, { ...options, url: server.url })

test('agents import shows its plan, and makes it where it is asked to', async () => {
  const planned = await pointsman(['agents', 'import', '--dynamodb', 'AgentRegistry-dev'])
  expect([planned.code, planned.out]).toEqual([
    0,
    `CHANGE   AGENT      WHAT
new      sql_agent  a
moved    web_agent  a → b
moved    old_agent  the default’s → b
refused  lost/v1    Model not found: c

Left aside: sql_agent/v1: sql_agent/v2 is in force for the agent sql_agent
- web_agent: b ends on 2027-06-30
1 new, 2 moved, 1 refused.
Nothing was changed. --apply makes the change.
`,
  ])
  const made = await pointsman(['agents', 'import', '--dynamodb', 'AgentRegistry-dev', '--apply'])
  expect(made.out).toContain('✓ 1 new, 2 moved, 1 refused.\n  Revision 8, live on every replica.')
  expect(made.code).toBe(1)
  const wrong = await pointsman(['agents', 'import', '--dynamodb', 'AgentRegistry-wrong', '--apply'])
  expect([wrong.code, wrong.out]).toEqual([
    1,
    expect.stringContaining('✗ 1 refused. Nothing else to change.\n'),
  ])
  expect((await pointsman(['agents', 'import', '--dynamodb', 'AgentRegistry-known'])).out).toBe(
    '✓ Nothing to change.\n',
  )
})

test.each([
  ['agents', /Name a file, or a table/],
  ['models', /Name a file, or a table/],
])('%s import takes a file or a table', async (kind, words) => {
  for (const more of [[], ['items.json', '--dynamodb', 'T']]) {
    const { code, error } = await pointsman([kind, 'import', ...more])
    expect([code, error]).toEqual([2, expect.stringMatching(words)])
  }
})

test('follow status tells of tables and of items that are aside', async () => {
  followed = []
  expect((await pointsman(['follow', 'status'])).out).toContain('No table is followed.')
  followed = [table]
  const { code, out } = await pointsman(['follow', 'status'])
  expect([code, out]).toEqual([
    0,
    `TABLE              STATE      ITEMS  LOOKED AT (UTC)      EVERY  WRITE BACK  PROBLEM
AgentRegistry-dev  following      3  2026-11-26 12:00:00    2 s  on

ITEM     STATE    SINCE (UTC)          WHY
lost/v1  refused  2026-11-26 11:00:00  Model not found: c
`,
  ])
  followed = [
    { ...table, aside: [], state: 'problem', problem: 'AccessDeniedException', lookedAt: null, items: null },
  ]
  const failing = await pointsman(['follow', 'status'])
  expect([failing.code, failing.out]).toEqual([1, expect.stringContaining('AccessDeniedException')])
})
