import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Told } from '../testing/told.ts'
import { anyDatabase, openTestDatabase, startControl, type TestControl } from '../testing/start-control.ts'

let at: TestControl
const ends: (() => Promise<void>)[] = []
beforeAll(async () => {
  const opened = await openTestDatabase(anyDatabase)
  at = await startControl(opened.database)
  ends.push(() => at.stop(), opened.drop)
})
afterAll(async () => {
  for (const end of ends) await end()
})

const named = async (path: string): Promise<readonly unknown[]> => {
  const { body } = await at.ask(`/api/v1/${path}`)
  return body.data.map(({ name }) => name)
}

test('routes are searched by what serves them, sorted, and found by their exact name', async () => {
  expect(await named('use-cases?name=clinical')).toEqual(['clinical'])
  expect(await named('use-cases?name=clin')).toEqual([])
  expect(await named('use-cases?search=nova&sort=modelName&descending=true')).toEqual([
    'platform',
    'operations',
    'health',
  ])
  const page = await at.ask('/api/v1/use-cases?sort=model&limit=1')
  const nextCursor = page.body.nextCursor ?? ''
  expect(await named(`use-cases?sort=model&cursor=${nextCursor}`)).toHaveLength(3)
  for (const wrong of ['sort=cost', 'cursor=made-up', `cursor=${nextCursor}`])
    expect((await at.ask(`/api/v1/use-cases?${wrong}`)).status, wrong).toBe(400)
})

/** Every row in pages of two, as a client goes through them. */
async function allOf(path: string): Promise<readonly Told[]> {
  const rows: Told[] = []
  let cursor: string | null = null
  do {
    const after: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const { body } = await at.ask(`/api/v1/${path}${path.includes('?') ? '&' : '?'}limit=2${after}`)
    rows.push(...body.data)
    cursor = body.nextCursor
  } while (cursor !== null)
  return rows
}

test('models go on from page to page, those past their end last, whatever they are filtered by', async () => {
  const ids = async (path: string): Promise<readonly string[]> => (await allOf(path)).map(({ id }) => id)
  for (const query of ['', '?search=nova', '?lifecycle=eol', '?lifecycle=active', '?provider=anthropic']) {
    const whole = (await at.ask(`/api/v1/models${query === '' ? '?' : `${query}&`}limit=1000`)).body.data
    const paged = await ids(`models${query}`)
    expect(paged, query).toEqual(whole.map(({ id }) => id))
    expect(paged.length, query).toBeGreaterThan(2)
    const isEnded = whole.map(({ lifecycle }) => lifecycle === 'eol')
    expect(isEnded, query).toEqual(isEnded.toSorted())
  }
})

test('keys and aliases go on from page to page; of a route its own aliases are listed', async () => {
  const names = ['one', 'two', 'three', 'four', 'five']
  for (const name of names) {
    await at.ask('/api/v1/keys', { body: { name } })
    await at.ask(`/api/v1/aliases/a-${name}`, { method: 'PUT', body: { target: 'use-case/clinical' } })
  }
  await at.ask('/api/v1/aliases/other', { method: 'PUT', body: { target: 'use-case/health' } })
  const nameOf = ({ name }: Told): string => name
  expect((await allOf('keys')).map(nameOf)).toEqual(names.toReversed())
  const sorted = names.map((name) => `a-${name}`).sort()
  expect((await allOf('aliases')).map(nameOf)).toEqual([...sorted, 'other'])
  expect((await allOf('aliases?target=use-case/clinical')).map(nameOf)).toEqual(sorted)
  const missing = await at.ask('/api/v1/aliases/a-thre')
  expect([missing.status, missing.body.error.suggestions]).toEqual([404, expect.arrayContaining(['a-three'])])
})

const farAway = Date.UTC(9999, 11, 31)
const forged = (...parts: readonly unknown[]): string =>
  Buffer.from(JSON.stringify(parts)).toString('base64url')

test.each([
  ['aliases', ['a\u0000']],
  ['use-cases', ['\ud800']],
  ['keys', [1.5, 'a']],
  ['keys', [1e300, 'a']],
  ['switches', [1.5]],
  ['models', [0, 1, '\u0000']],
  ['drills', [8_999_999_999_999_999, 'a']],
  ['usage/records', [-farAway, 'a']],
])('a cursor of %s that no page gave out is refused: %j', async (list, parts) => {
  const { status, body } = await at.ask(`/api/v1/${list}?cursor=${forged(...parts)}`)
  expect([status, body.error.field]).toEqual([400, 'cursor'])
})

test.each([
  ...['conversations', 'alarms', 'drills', 'keys', 'usage/records', 'erasures'].flatMap((list) => [
    [list, [farAway, 'a']] as const,
    [list, [-(2 ** 31), 'a']] as const,
  ]),
  ['models', [0, farAway, 'a']] as const,
])('a cursor of %s beyond every row fails nothing', async (list, parts) => {
  expect((await at.ask(`/api/v1/${list}?cursor=${forged(...parts)}`)).status).toBe(200)
})

test('a name that no route and a target that no alias can have are those of none', async () => {
  expect(await named(`aliases?target=${encodeURIComponent('use-case/<b>\u202e')}`)).toEqual([])
  expect(await named('agents?name=a%20b%2Fc')).toEqual([])
})
