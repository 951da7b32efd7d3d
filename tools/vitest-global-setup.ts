import { randomBytes } from 'node:crypto'

import { serverVariable, startPostgres } from './postgres-for-tests.ts'

/**
 * One PostgreSQL server for the whole run; test files reach it through `createDatabase`. `DATABASE_URL` is taken
 * out of the environment, so that code under test cannot write into the database that it names.
 */
export default async function setup(): Promise<() => Promise<void>> {
  process.env['POINTSMAN_TEST_RUN'] = randomBytes(4).toString('hex')
  const server = await startPostgres()
  delete process.env['DATABASE_URL']
  if (server === null) {
    if (process.env['POINTSMAN_REQUIRE_POSTGRES'] !== '1') return () => Promise.resolve()
    throw new Error(
      'POINTSMAN_REQUIRE_POSTGRES=1, but no PostgreSQL 15 or newer is on this machine: install postgresql',
    )
  }
  process.env[serverVariable] = server.url
  return server.stop
}
