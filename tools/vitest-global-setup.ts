import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { folderVariable } from './once-in-run.ts'
import { serverVariable, startPostgres } from './postgres-for-tests.ts'

/**
 * One PostgreSQL server for the whole run; test files reach it through `createDatabase`. `DATABASE_URL` is taken
 * out of the environment, so that code under test cannot write into the database that it names.
 *
 * What Node compiles is kept for the run: the programs that tests start are the same ones over and over, and with an empty
 * folder of data each compiled itself anew, which was a sixth of the time of the tests that start some.
 */
export default async function setup(): Promise<() => Promise<void>> {
  process.env['POINTSMAN_TEST_RUN'] = randomBytes(4).toString('hex')
  const folder = await mkdtemp(join(tmpdir(), 'pointsman-test-run-'))
  process.env[folderVariable] = folder
  process.env['NODE_COMPILE_CACHE'] ??= join(folder, 'compiled')
  // Again, where a program that ends writes to it.
  const forget = () => rm(folder, { recursive: true, force: true, maxRetries: 5 })
  const server = await startPostgres()
  delete process.env['DATABASE_URL']
  if (server === null) {
    if (process.env['POINTSMAN_REQUIRE_POSTGRES'] !== '1') return forget
    throw new Error(
      'POINTSMAN_REQUIRE_POSTGRES=1, but no PostgreSQL 15 or newer is on this machine: install postgresql',
    )
  }
  process.env[serverVariable] = server.url
  return async () => {
    await server.stop()
    await forget()
  }
}
