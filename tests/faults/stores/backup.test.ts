import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { inspectBackup } from '@pointsman/upkeep'
import { afterAll, expect, test } from 'vitest'
import { createDatabase } from '../../../tools/postgres-for-tests.ts'
import { api, removeFolder, startServer, temporaryFolder, type RunningServer } from '../../server.ts'
import { reportFigure } from '../figures.ts'
import { short } from '../form.ts'
import { pointsman as run, type Ran } from './run-pointsman.ts'

const masterKey = 'a master key for tests of 32 chars'
const pointsman = (
  words: readonly string[],
  environment: { readonly [name: string]: string } = {},
): Promise<Ran> => run(words, { POINTSMAN_MASTER_KEY: masterKey, ...environment })
const folders: string[] = []
const folder = async (): Promise<string> => {
  const made = await temporaryFolder()
  folders.push(made)
  return made
}
afterAll(() => Promise.all(folders.map(removeFolder)))

/** Requests and switches one after the other until it is told to end; what failed is told. */
function load(server: RunningServer) {
  let going = true
  const failed: string[] = []
  let [requests, switches] = [0, 0]
  const chat = async (): Promise<void> => {
    while (going) {
      const { status } = await api(server, '/v1/chat/completions', {
        body: { model: 'use-case/health', messages: [{ role: 'user', content: 'Hello' }] },
      })
      requests += 1
      if (status !== 200) failed.push(`chat ${status}`)
    }
  }
  const switching = async (): Promise<void> => {
    while (going) {
      const modelId = ['eu.amazon.nova-pro-v1:0', 'eu.amazon.nova-lite-v1:0'][switches % 2]
      const { status } = await api(server, '/api/v1/switches', {
        body: { modelId, useCase: 'clinical', reason: `switch ${switches}` },
      })
      switches += 1
      if (status !== 200 && status !== 201) failed.push(`switch ${status}`)
    }
  }
  const all = Promise.all([chat(), chat(), switching()])
  return {
    async end() {
      going = false
      await all
      return { requests, switches, failed }
    },
  }
}

/** What a backup says of the sums that an accountant would look at. */
async function figures(path: string): Promise<{ readonly [name: string]: number }> {
  const { head, tables } = await inspectBackup(path)
  return {
    chain: head.chainHead.sequence,
    ...Object.fromEntries(tables.map(({ name, rows }) => [name, rows])),
  }
}

test('T40: a backup under load, restored elsewhere, serves again, on PostgreSQL and back in the embedded database', async () => {
  const environment = { POINTSMAN_MASTER_KEY: masterKey }
  const server = await startServer({ environment })
  folders.push(server.dataDir)
  const work = load(server)
  await new Promise((resolve) => setTimeout(resolve, short(1_500, 30_000)))
  const place = await folder()
  const first = join(place, 'first.jsonl.gz')
  const url = { POINTSMAN_URL: server.url }
  const startedAt = performance.now()
  const made = await pointsman(['backup', first, '--data-dir', server.dataDir, '--json'], url)
  const tookMs = performance.now() - startedAt
  expect([made.code, made.stderr]).toEqual([0, ''])
  expect(JSON.parse(made.stdout)).toMatchObject({ through: 'server' })
  // From a machine that has no database of its own.
  const [afar, elsewhere] = [join(place, 'afar.jsonl.gz'), await folder()]
  const asked = { ...url, POINTSMAN_SERVICE_KEY: server.key }
  const fetched = await pointsman(['backup', afar, '--data-dir', elsewhere, '--json'], asked)
  expect(JSON.parse(fetched.stdout)).toMatchObject({ through: 'server' })
  const { failed, requests, switches } = await work.end()
  expect(failed).toEqual([])
  await server.kill('SIGTERM')

  // Offline, of the same folder: nothing is lost between the two.
  const last = join(place, 'last.jsonl.gz')
  expect(await pointsman(['backup', last, '--data-dir', server.dataDir])).toMatchObject({ code: 0 })
  expect(await figures(last)).toMatchObject({ chain: switches, 'pointsman.usage_records': requests })
  reportFigure(
    'T40',
    `${requests} requests and ${switches} switches under way, backup in ${Math.round(tookMs)} ms, none failed`,
  )

  const database = await createDatabase()
  const hosts: readonly { readonly [name: string]: string }[] =
    database === null ? [{}] : [{ DATABASE_URL: database.url }, {}]
  let file = first
  let expected = await figures(first)
  const recorded: number = expected['pointsman.usage_records'] ?? 0
  for (const host of hosts) {
    const dataDir = await folder()
    const done = await pointsman(['restore', file, '--data-dir', dataDir, '--json'], host)
    expect([done.code, done.stderr]).toEqual([0, ''])
    file = join(place, `after ${hosts.indexOf(host)}.jsonl.gz`)
    expect(await pointsman(['backup', file, '--data-dir', dataDir], host)).toMatchObject({ code: 0 })
    const after = await figures(file)
    // One record says that it was restored; everything else is as it was.
    expected = {
      ...expected,
      chain: (expected['chain'] ?? 0) + 1,
      ...Object.fromEntries(
        ['switches', 'switch_chain', 'switch_states', 'switch_salts', 'revisions'].map((name) => [
          `pointsman.${name}`,
          (expected[`pointsman.${name}`] ?? 0) + 1,
        ]),
      ),
    }
    expect(after).toEqual(expected)
    const again = await startServer({ dataDir, environment: { ...environment, ...host } })
    expect((await api(again, '/api/v1/switches/verify')).body).toMatchObject({
      valid: true,
      count: after.chain,
    })
    const answer = await api(again, '/v1/chat/completions', {
      body: { model: 'use-case/clinical', messages: [{ role: 'user', content: 'Hello' }] },
    })
    expect(answer.status).toBe(200)
    const usage = await api<{ data: readonly { requests: number }[] }>(again, '/api/v1/usage?groupBy=model')
    expect(usage.body.data.reduce((sum, row) => sum + row.requests, 0)).toBeGreaterThanOrEqual(recorded)
    await again.kill('SIGTERM')
    file = join(place, `end ${hosts.indexOf(host)}.jsonl.gz`)
    expect(await pointsman(['backup', file, '--data-dir', dataDir], host)).toMatchObject({ code: 0 })
    expected = await figures(file)
  }
  await database?.drop()
  expect(await readdir(place)).toHaveLength(3 + 2 * hosts.length)
}, 600_000)

test('where there is no database here and no server or no key is named, a backup says what to set', async () => {
  const elsewhere = await folder()
  const [keyless, nowhere] = await Promise.all([
    pointsman(['backup', '--data-dir', elsewhere], { POINTSMAN_URL: 'http://127.0.0.1:9' }),
    pointsman(['backup', '--data-dir', elsewhere]),
  ])
  expect([keyless.code, keyless.stderr]).toEqual([1, expect.stringContaining('Set POINTSMAN_SERVICE_KEY')])
  expect([nowhere.code, nowhere.stderr]).toEqual([1, expect.stringContaining('with POINTSMAN_URL')])
})
