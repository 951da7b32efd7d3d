import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openEmbedded } from '@pointsman/registry/embedded'
import pg from 'pg'
import { describe, expect, test, vi } from 'vitest'
import { createDatabase, serverVariable } from '../../tools/postgres-for-tests.ts'
import { removeFolder, startServer, type RunningServer } from '../server.ts'
import { inLongForm, isSoak } from './form.ts'

const micro = 'eu.amazon.nova-micro-v1:0'
const moved = (name: string): string =>
  `UPDATE pointsman.routes SET target_model_id = '${micro}' WHERE kind = 'use-case' AND name = '${name}'`

async function ask<Answer>({ key, url }: RunningServer, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return (await response.json()) as Answer
}

interface Listed {
  readonly data: readonly {
    readonly actor: { readonly kind: string }
    readonly scope: { readonly name?: string }
    readonly toId: string | null
  }[]
}
interface Alarms {
  readonly data: readonly { readonly kind: string }[]
}

/** A server looks every 30 s: reading everything is dearer than a look for revisions. */
async function foundEdits(server: RunningServer, count: number): Promise<Listed['data']> {
  for (let waitedMs = 0; waitedMs < 60_000; waitedMs += 250) {
    const { data } = await ask<Listed>(server, '/api/v1/switches?limit=20')
    const found = data.filter(({ actor }) => actor.kind === 'unknown')
    if (found.length >= count) return found
    await sleep(250)
  }
  throw new Error(`nothing was found\n${server.output()}`)
}

/** Recorded with an actor that says that nobody is known, told as an alarm, served, and part of a whole chain. */
async function expectFound(server: RunningServer, names: readonly string[]): Promise<void> {
  const found = await foundEdits(server, names.length)
  expect(found.map(({ scope, toId }) => [scope.name, toId]).sort()).toEqual(
    names.map((name) => [name, micro]),
  )
  // Raised once its record is committed.
  await vi.waitFor(async () => {
    const { data: alarms } = await ask<Alarms>(server, '/api/v1/alarms')
    expect(alarms.map(({ kind }) => kind)).toContain('unrecorded_edit')
  }, 30_000)
  expect(await ask(server, '/api/v1/switches/verify')).toMatchObject({ valid: true })
  const served = async (name: string): Promise<string | null> => {
    const answer = await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: `use-case/${name}`, messages: [{ role: 'user', content: 'x' }] }),
    })
    await answer.arrayBuffer()
    return answer.headers.get('x-pointsman-model')
  }
  // The record is there before the data plane has heard of it.
  for (const name of names) await expect.poll(() => served(name), { message: name }).toBe(micro)
}

describe('an edit that passes the triggers by', () => {
  // Where a machine has no PostgreSQL; in CI there is one, and POINTSMAN_REQUIRE_POSTGRES fails the run without it.
  test.runIf(process.env[serverVariable])(
    'is found by its content, in PostgreSQL',
    async () => {
      const database = await createDatabase()
      const databaseUrl = database?.url ?? ''
      const server = await startServer({
        environment: {
          DATABASE_URL: databaseUrl,
          POINTSMAN_MASTER_KEY: 'bypassed edits, a key of 32 letters',
        },
      })
      const owner = new pg.Client({ connectionString: databaseUrl })
      await owner.connect()
      try {
        await owner.query(`BEGIN; SET LOCAL session_replication_role = replica; ${moved('clinical')}; COMMIT`)
        await owner.query(
          `BEGIN; ALTER TABLE pointsman.routes DISABLE TRIGGER USER; ${moved('health')};
         ALTER TABLE pointsman.routes ENABLE TRIGGER USER; COMMIT`,
        )
        for (const text of [
          'SET session_replication_role = replica',
          `SELECT set_config('session_replication_role', 'replica', true)`,
          'ALTER TABLE pointsman.routes DISABLE TRIGGER USER',
        ]) {
          expect(await ask(server, '/api/v1/sql', { text }), text).toMatchObject({
            error: { code: 'invalid_request' },
          })
        }
        await expectFound(server, ['clinical', 'health'])
      } finally {
        await owner.end()
        await server.kill('SIGTERM')
        await removeFolder(server.dataDir)
        await database?.drop()
      }
    },
    120_000,
  )

  // The embedded database has no other door while its server runs; and the wait is half a minute more.
  test.runIf(isSoak)(
    inLongForm('is found by its content, made in the data folder of a server that was stopped'),
    async () => {
      const first = await startServer()
      const { dataDir } = first
      await first.kill('SIGTERM')
      const database = await openEmbedded({ dataDir: join(dataDir, 'database'), watchdogMs: 60_000 })
      await database.transaction({ purpose: 'plain' }, (transaction) =>
        transaction.script(`SET LOCAL session_replication_role = replica; ${moved('clinical')}`),
      )
      await database.close()
      const second = await startServer({ dataDir })
      try {
        await expectFound(second, ['clinical'])
      } finally {
        await second.kill('SIGTERM')
        await removeFolder(dataDir)
      }
    },
    120_000,
  )
})
