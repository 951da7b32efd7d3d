import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort } from '../tools/free-port.ts'
import { isRunOfTests, onceInRun } from '../tools/once-in-run.ts'

/** The repository's root. */
export const root = fileURLToPath(new URL('..', import.meta.url))
const main = join(root, 'packages/pointsman/src/main.ts')

export interface RunningServer {
  readonly url: string
  readonly key: string
  readonly dataDir: string
  readonly pid: number
  /** Everything that it printed so far. */
  output(): string
  /** `SIGKILL` where the test is about a crash. Answers the exit code; null = ended by a signal. */
  kill(signal: 'SIGTERM' | 'SIGKILL' | 'SIGHUP'): Promise<number | null>
}

/** One that the test itself started, by pipes of its own. */
export interface StartedServer extends RunningServer {
  /** Nobody reads what it prints from now on: the pipes are closed. */
  leaveOutput(): void
}

/** For tests of what conversations do: on a busy machine the registry may take longer than a request waits for it. */
export const patientWithRegistry = { POINTSMAN_TIMEOUT_CONVERSATION_MS: '5000' }

export interface ServerOptions {
  readonly command?: 'sandbox' | 'serve'
  /** A copy of `migratedFolder` unless set: an empty one (`temporaryFolder`) is for what is about a first start. */
  readonly dataDir?: string
  /** One of its own unless set: the same again is for a server that comes back. */
  readonly port?: number
  readonly environment?: { readonly [name: string]: string }
}

/** Variables of the machine that would change what a server does are left out, so that a test means the same everywhere. */
export function cleanEnvironment(added: { readonly [name: string]: string } = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^(AWS_|BEDROCK_|POINTSMAN_|SUPABASE_|DATABASE_URL|OPENAI_|ANTHROPIC_|GEMINI_|GOOGLE_|(https?|no)_proxy$)/i.test(
        name,
      ),
  )
  // The AWS chain must not wait for a metadata service that is not there.
  return {
    ...Object.fromEntries(kept),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    // On a machine that is busy with other tests a server is late, and would refuse what it was to answer. Benches
    // measure it as everybody's is, and so does the long form of the fault tests.
    ...(isRunOfTests() && process.env['POINTSMAN_SOAK'] !== '1' ? { POINTSMAN_MAX_LAG_MS: '60000' } : {}),
    ...added,
  }
}

export const temporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'pointsman-test-'))

/** Children of a host that was killed end by themselves a little later, and may still write meanwhile. */
export const removeFolder = (path: string): Promise<void> =>
  rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })

/**
 * A data folder as `pointsman migrate` leaves it. To make a database and bring it up to the present schema is more than half
 * of a first start; so a run of tests does it once, and others begin with a copy. Outside of one the folder is empty.
 */
export async function migratedFolder(): Promise<string> {
  const folder = await temporaryFolder()
  const migrated = await onceInRun('migrated-folder', (path) =>
    promisify(execFile)(process.execPath, [main, 'migrate', '--data-dir', path], {
      cwd: root,
      env: cleanEnvironment(),
    }),
  )
  if (migrated !== null) await cp(migrated, folder, { recursive: true })
  return folder
}

/**
 * A server of a test lives for seconds: to compile its database's WebAssembly a second time, for speed, was a third of the
 * processor time of a start. Benches start servers, too, and outside of a run of tests they are as everybody's.
 */
const shortLived = (): readonly string[] => (isRunOfTests() ? ['--liftoff-only'] : [])

/** Starts the real program as a user does, and waits until it is ready. */
export async function startServer(options: ServerOptions = {}): Promise<StartedServer> {
  const dataDir =
    options.dataDir ??
    (await (options.environment?.['DATABASE_URL'] === undefined ? migratedFolder() : temporaryFolder()))
  const port = options.port ?? (await freePort())
  const process_ = spawn(
    process.execPath,
    [...shortLived(), main, options.command ?? 'sandbox', '--port', String(port), '--data-dir', dataDir],
    {
      cwd: root,
      env: cleanEnvironment(options.environment),
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let output = ''
  for (const stream of [process_.stdout, process_.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const url = `http://127.0.0.1:${port}`
  await waitUntilReady(url, process_, () => output)
  const key =
    options.environment?.['POINTSMAN_SERVICE_KEY'] ??
    (await readFile(join(dataDir, 'service.key'), 'utf8')).trim()
  const pid = process_.pid ?? 0
  return {
    ...{ url, key, dataDir, pid },
    output: () => output,
    leaveOutput: () => [process_.stdout, process_.stderr].forEach((stream) => stream.destroy()),
    kill: (signal) => kill(process_, signal),
  }
}

async function kill(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL' | 'SIGHUP'): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const exited = once(child, 'exit')
  child.kill(signal)
  await exited
  return child.exitCode
}

async function waitUntilReady(url: string, child: ChildProcess, output: () => string): Promise<void> {
  const deadline = Date.now() + 120_000
  while (Date.now() < deadline) {
    const { exitCode, signalCode } = child
    if (signalCode !== null) throw new Error(`the server was ended by ${signalCode}:\n${output()}`)
    if (exitCode !== null) throw new Error(`the server ended with code ${exitCode}:\n${output()}`)
    const answer = await fetch(`${url}/readyz`).catch(() => null)
    if (answer?.status === 200) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  child.kill('SIGKILL')
  throw new Error(`the server was not ready in time:\n${output()}`)
}

/** Waits for something that happens a little later (ingest, acknowledgement); the last value is the test's evidence when it never does. */
export async function eventually<Value>(
  ask: () => Promise<Value>,
  enough: (value: Value) => boolean,
  withinMs = 60_000,
): Promise<Value> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const value = await ask()
    if (enough(value) || Date.now() > deadline) return value
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/**
 * JSON over HTTP with the service key. A change has reached everybody when this returns, where it tells who lacks it: it
 * answers after a second, and on a busy machine a replica may need longer.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the test says what it expects to read
export async function api<Answer = Record<string, unknown>>(
  server: RunningServer,
  path: string,
  options: {
    readonly body?: unknown
    readonly method?: string
    readonly headers?: { readonly [name: string]: string }
  } = {},
): Promise<{ status: number; headers: Headers; body: Answer }> {
  const response = await fetch(`${server.url}${path}`, {
    method: options.method ?? (options.body === undefined ? 'GET' : 'POST'),
    headers: {
      authorization: `Bearer ${server.key}`,
      'content-type': 'application/json',
      ...options.headers,
    },
    ...(options.body === undefined
      ? {}
      : { body: typeof options.body === 'string' ? options.body : JSON.stringify(options.body) }),
  })
  const text = await response.text()
  const body = (text === '' ? null : JSON.parse(text)) as Answer
  if ((options.method ?? options.body) !== undefined && lacksIt(body)) await pendingAtLast(server)
  return { status: response.status, headers: response.headers, body }
}

const lacksIt = (body: unknown): boolean =>
  ((body as { readonly pending?: readonly string[] } | null)?.pending ?? []).length > 0

/** Who does not serve the newest revision, once time has been given to all. */
export async function pendingAtLast(server: RunningServer): Promise<readonly string[]> {
  const { body: newest } = await api<{ data: readonly { number: number }[] }>(
    server,
    '/api/v1/revisions?limit=1',
  )
  const path = `/api/v1/revisions/${newest.data[0]?.number ?? 0}`
  return eventually(
    async () => (await api<{ pending: readonly string[] }>(server, path)).body.pending,
    (pending) => pending.length === 0,
  )
}
