import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chown, mkdtemp, readFile, readdir, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import pg from 'pg'
import { freePort } from './free-port.ts'

/** A PostgreSQL server that tests may make databases on. `stop` is safe to call twice. */
export type TestPostgres = { readonly url: string; readonly stop: () => Promise<void> }

/** An empty database of its own on that server. `drop` disconnects whoever still uses it. */
export type TestDatabase = { readonly url: string; readonly drop: () => Promise<void> }

/** The variable through which a run's server reaches its test files (set by vitest-global-setup.ts). */
export const serverVariable = 'POINTSMAN_TEST_POSTGRES_URL'

const oldestVersion = 15
const startTimeoutMs = 30_000
const databasePrefix = 'pointsman_test_'

/**
 * The server that `DATABASE_URL` names, else one of our own made from the `postgres` binaries of this machine
 * (`/usr/lib/postgresql/<version>/bin`, then PATH; 15 or newer): a throw-away cluster with fsync off.
 * Null where neither exists. Throws where a server exists but does not start.
 */
export async function startPostgres(): Promise<TestPostgres | null> {
  const given = process.env['DATABASE_URL']
  if (given) return { url: given, stop: () => dropLeftovers(given) }
  const binaries = await findBinaries()
  if (binaries === null) return null
  // Somebody may take the free port between our look and the server's bind, so a failed start is tried once more.
  return startCluster(binaries).catch(() => startCluster(binaries))
}

/**
 * Makes an empty database and gives its address; null where this run has no PostgreSQL. One call a test file,
 * `drop` in its `afterAll`. Roles are shared by all databases of a server, tables are not.
 */
export async function createDatabase(
  serverUrl: string | undefined = process.env[serverVariable],
): Promise<TestDatabase | null> {
  if (!serverUrl) return null
  const name = `${databasePrefix}${process.env['POINTSMAN_TEST_RUN'] ?? 'x'}_${randomBytes(6).toString('hex')}`
  await onServer(serverUrl, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE template0`))
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return {
    url: url.href,
    drop: () => onServer(serverUrl, (client) => drop(client, name)),
  }
}

/** A backend gets five seconds to end; on a busy machine it may need more (55006, object_in_use). */
async function drop(client: pg.Client, name: string, tries = 4): Promise<void> {
  try {
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
  } catch (error) {
    if (tries === 1 || !(error instanceof pg.DatabaseError) || error.code !== '55006') throw error
    await drop(client, name, tries - 1)
  }
}

type Owner = { readonly uid: number; readonly gid: number }

export async function onServer<Result>(
  url: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** A server that outlives the run must not keep the databases of test files that were killed. */
async function dropLeftovers(url: string): Promise<void> {
  const run = process.env['POINTSMAN_TEST_RUN']
  if (!run) return
  await onServer(url, async (client) => {
    const rows = await client.query<{ datname: string }>(
      'SELECT datname FROM pg_database WHERE starts_with(datname, $1)',
      [`${databasePrefix}${run}_`],
    )
    for (const { datname } of rows.rows) await drop(client, datname)
  })
}

async function findBinaries(): Promise<string | null> {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? await readdir(debian) : []
  const newest = versions
    .map(Number)
    .filter(
      (version) => version >= oldestVersion && existsSync(join(debian, String(version), 'bin', 'initdb')),
    )
    .sort((left, right) => right - left)[0]
  if (newest !== undefined) return join(debian, String(newest), 'bin')
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    if (!existsSync(join(folder, 'postgres')) || !existsSync(join(folder, 'initdb'))) continue
    const answer = await run(join(folder, 'postgres'), ['--version'], { cwd: folder })
    if (Number(/(\d+)/.exec(answer)?.[1]) >= oldestVersion) return folder
  }
  return null
}

/** PostgreSQL refuses to run as root, so root hands it to `postgres`, else to `nobody`. Null: we are not root. */
async function unprivilegedOwner(): Promise<Owner | null> {
  if (process.getuid?.() !== 0) return null
  const accounts = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'))
  for (const wanted of ['postgres', 'nobody']) {
    const account = accounts.find((fields) => fields[0] === wanted)
    if (account) return { uid: Number(account[2]), gid: Number(account[3]) }
  }
  throw new Error('PostgreSQL cannot run as root: make an account named postgres or nobody on this machine')
}

/** A cluster that is not started. */
export interface Cluster {
  readonly url: string
  readonly command: readonly [string, ...string[]]
  readonly place: Place
  /** Makes an empty file in its folder. */
  readonly mark: (name: string) => Promise<void>
}

/** Null where this machine has no PostgreSQL. */
export async function makeCluster(settings: readonly string[] = []): Promise<Cluster | null> {
  const binaries = await findBinaries()
  if (binaries !== null) return makeClusterOf(binaries, settings)
  if (process.env['POINTSMAN_REQUIRE_POSTGRES'] !== '1') return null
  throw new Error('POINTSMAN_REQUIRE_POSTGRES=1, but no PostgreSQL 15 or newer is on this machine')
}

async function makeClusterOf(binaries: string, settings: readonly string[]): Promise<Cluster> {
  const owner = await unprivilegedOwner()
  // A root's TMPDIR is often closed to the user that the server runs as; then root takes the public one.
  const isOpen = owner === null || ((await stat(tmpdir())).mode & 0o001) !== 0
  const folder = await mkdtemp(join(isOpen ? tmpdir() : '/tmp', 'pointsman-pg-'))
  if (owner !== null) await chown(folder, owner.uid, owner.gid)
  const place = { ...owner, cwd: folder }
  const data = join(folder, 'data')
  await run(join(binaries, 'initdb'), ['-D', data, ...initdbOptions], place)
  const port = await freePort()
  const url = `postgresql://postgres@127.0.0.1:${port}/postgres`
  const own = settings.flatMap((setting) => ['-c', setting])
  const postgres = join(binaries, 'postgres')
  return {
    ...{ url, place },
    command: [postgres, '-D', data, '-k', folder, '-p', String(port), ...serverOptions, ...own],
    mark: (name) => writeFile(join(folder, name), ''),
  }
}

async function startCluster(binaries: string): Promise<TestPostgres> {
  const { command, place, url } = await makeClusterOf(binaries, [])
  const keeper = spawnKeeper(command, place)
  try {
    await untilReady(url, keeper)
  } catch (error) {
    await keeper.stop()
    throw new Error(`PostgreSQL from ${binaries} did not start:\n${keeper.log()}`, { cause: error })
  }
  return { url, stop: keeper.stop }
}

const initdbOptions = ['-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync']
const serverOptions = [
  ...['-c', 'listen_addresses=127.0.0.1', '-c', 'shared_buffers=32MB', '-c', 'max_connections=200'],
  ...['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'full_page_writes=off'],
  // A bench reads when a transaction was committed.
  ...['-c', 'track_commit_timestamp=on', '-c', 'jit=off'],
]

type Place = { readonly uid?: number; readonly gid?: number; readonly cwd: string }
type Keeper = {
  readonly log: () => string
  readonly ended: () => boolean
  readonly stop: () => Promise<void>
}

/**
 * The server runs under a shell that reads our end of a pipe: when this process ends, however it ends, the pipe
 * closes and the shell stops the server and removes its folder. A plain child would outlive a killed test run.
 */
function spawnKeeper(command: readonly string[], place: Place): Keeper {
  const script = `exec 3<&0
"$@" & server=$!
{ cat >/dev/null; kill -INT $server; } <&3 2>/dev/null &
wait $server; rm -rf "$PWD"`
  const shell = spawn('/bin/sh', ['-c', script, 'keeper', ...command], {
    ...place,
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  let log = ''
  shell.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-4_000)
  })
  const exit = new Promise<void>((resolve) => shell.once('exit', () => resolve()))
  return {
    log: () => log,
    ended: () => shell.exitCode !== null,
    stop: async () => {
      shell.stdin.end()
      await exit
    },
  }
}

async function untilReady(url: string, keeper: Keeper): Promise<void> {
  const deadline = Date.now() + startTimeoutMs
  for (;;) {
    try {
      await onServer(url, () => Promise.resolve())
      return
    } catch (error) {
      if (keeper.ended() || Date.now() > deadline) throw error
    }
    await sleep(50)
  }
}

function run(command: string, words: readonly string[], place: Place): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, words, place, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(`${command} failed: ${stderr}`, { cause: error }))
    })
  })
}
