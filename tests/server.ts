import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

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

export interface ServerOptions {
  readonly command?: 'sandbox' | 'serve'
  readonly dataDir?: string
  /** One of its own unless set: the same again is for a server that comes back. */
  readonly port?: number
  readonly environment?: { readonly [name: string]: string }
}

/** Variables of the machine that would change what a server does are left out, so that a test means the same everywhere. */
export function cleanEnvironment(added: { readonly [name: string]: string } = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^(AWS_|BEDROCK_|POINTSMAN_|SUPABASE_|DATABASE_URL|OPENAI_|ANTHROPIC_|GEMINI_|GOOGLE_)/.test(name),
  )
  // The AWS chain must not wait for a metadata service that is not there.
  return {
    ...Object.fromEntries(kept),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    ...added,
  }
}

export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

export const temporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'pointsman-test-'))
export const removeFolder = (path: string): Promise<void> => rm(path, { recursive: true, force: true })

/** Starts the real program as a user does, and waits until it is ready. */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const dataDir = options.dataDir ?? (await temporaryFolder())
  const port = options.port ?? (await freePort())
  const process_ = spawn(
    process.execPath,
    [main, options.command ?? 'sandbox', '--port', String(port), '--data-dir', dataDir],
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
  return { url, key, dataDir, pid, output: () => output, kill: (signal) => kill(process_, signal) }
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
    if (child.exitCode !== null) throw new Error(`the server ended with code ${child.exitCode}:\n${output()}`)
    const answer = await fetch(`${url}/readyz`).catch(() => null)
    if (answer?.status === 200) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  child.kill('SIGKILL')
  throw new Error(`the server was not ready in time:\n${output()}`)
}

/** Waits for something that happens a little later (ingest, acknowledgement); the last value is the test's evidence when it never does. */
export async function eventually<Value>(
  ask: () => Promise<Value>,
  enough: (value: Value) => boolean,
  withinMs = 10_000,
): Promise<Value> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const value = await ask()
    if (enough(value) || Date.now() > deadline) return value
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** JSON over HTTP with the service key. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the test says what it expects to read
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
  return {
    status: response.status,
    headers: response.headers,
    body: (text === '' ? null : JSON.parse(text)) as Answer,
  }
}
