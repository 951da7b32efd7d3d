import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { journalText } from './journal-text.ts'
import { freePort } from '../tools/free-port.ts'
import {
  api,
  cleanEnvironment,
  eventually,
  pendingAtLast,
  removeFolder,
  root,
  startServer,
  temporaryFolder,
  type RunningServer,
} from './server.ts'

const messages = [{ role: 'user', content: 'Hello' }]
type Body = Record<string, unknown> & { error?: { code: string; message: string } }

/** Runs the program to its end; what it printed and its exit code. */
async function runToEnd(
  argv: readonly string[],
  environment: Record<string, string>,
): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, [join(root, 'packages/pointsman/src/main.ts'), ...argv], {
    cwd: root,
    env: cleanEnvironment(environment),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const [code] = (await once(child, 'exit')) as [number | null]
  return { code: code ?? -1, output }
}

describe('serve without credentials', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer({ command: 'serve' })
  })
  afterAll(async () => {
    await server.kill('SIGTERM')
    await removeFolder(server.dataDir)
  })

  test('starts and says what is missing, and where the key is, but not the key', async () => {
    expect(server.output()).toContain('AWS_BEARER_TOKEN_BEDROCK')
    expect(server.output()).toContain(join(server.dataDir, 'service.key'))
    expect(server.output()).not.toContain(server.key)
    const ready = await api<Body & { notes: string[] }>(server, '/readyz')
    expect(ready.body.notes.join()).toContain('without credentials: set AWS_BEARER_TOKEN_BEDROCK, or')
  })

  test('a chat is 503 and names the variable; nothing is simulated', async () => {
    const answer = await api<Body>(server, '/v1/chat/completions', { body: { model: 'default', messages } })
    expect(answer.status).toBe(503)
    expect(answer.body.error?.message).toContain(
      'provider bedrock has no credentials: set AWS_BEARER_TOKEN_BEDROCK, or',
    )
    expect(answer.headers.get('x-pointsman-sandbox')).toBeNull()
    const converse = await api<Body>(server, '/model/default/converse', {
      body: { messages: [{ role: 'user', content: [{ text: 'x' }] }] },
    })
    expect([converse.status, converse.headers.get('x-amzn-errortype')]).toEqual([
      503,
      'ServiceUnavailableException',
    ])
  })

  test('generated keys are readable by their owner only', async () => {
    for (const name of ['service.key', 'master.key'])
      expect((await stat(join(server.dataDir, name))).mode & 0o777).toBe(0o600)
  })

  test('a second process on the same folder is refused and told who has it; this one goes on', async () => {
    const { code, output } = await runToEnd(['serve', '--port', '0', '--data-dir', server.dataDir], {})
    expect(code).toBe(1)
    expect(output).toMatch(/process \d+|pid \d+/)
    expect((await api(server, '/healthz')).status).toBe(200)
  })
})

describe('what a start refuses', () => {
  test.each([
    [['serve', '--port', 'x'], {}, 2, '--port is "x"'],
    [['simulate', '--port', '99999'], {}, 2, '--port is "99999"'],
    [['serve', '--workers', '999'], {}, 2, '--workers is "999"'],
    [['serve'], { POINTSMAN_PORT: 'x' }, 1, 'POINTSMAN_PORT is "x"'],
    [['serve', '--prot', '1'], {}, 2, '--prot'],
    [['serve'], { POINTSMAN_MASTER_KEY: 'short' }, 1, '32 or more'],
    [['serve'], { DATABASE_URL: 'postgresql://127.0.0.1:1/x' }, 1, 'POINTSMAN_MASTER_KEY'],
    [
      ['serve'],
      { DATABASE_URL: 'postgresql://127.0.0.1:1/x', POINTSMAN_MASTER_KEY: 'm'.repeat(32) },
      1,
      '127.0.0.1:1',
    ],
  ])('%o with %o', async (argv, environment, code, told) => {
    const folder = await temporaryFolder()
    const ended = await runToEnd([...argv], {
      POINTSMAN_DATA_DIR: folder,
      POINTSMAN_PORT: '0',
      ...environment,
    })
    await removeFolder(folder)
    expect(ended.code).toBe(code)
    expect(ended.output).toContain(told)
    expect(ended.output).not.toMatch(/\n\s+at /)
  })

  test('a master key that a full disk emptied: nothing is derived from it', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'master.key'), '', { mode: 0o600 })
    const ended = await runToEnd(['serve', '--port', '0', '--data-dir', folder], {})
    expect(await readdir(folder)).not.toContain('database')
    await removeFolder(folder)
    expect(ended.code).toBe(1)
    expect(ended.output).toMatch(/master\.key has 0 characters.*Put the whole file back/)
  })

  test(
    'a port that is taken, by name; the folder is free again afterwards',
    { timeout: 120_000 },
    async () => {
      const folder = await temporaryFolder()
      const port = await freePort()
      const taken = createServer().listen(port, '127.0.0.1')
      await once(taken, 'listening')
      const ended = await runToEnd(['serve', '--port', String(port), '--data-dir', folder], {})
      taken.close()
      expect(ended).toMatchObject({ code: 1, output: expect.stringContaining(String(port)) as unknown })
      const server = await startServer({ command: 'serve', dataDir: folder })
      await server.kill('SIGTERM')
      await removeFolder(folder)
    },
  )
})

describe('a process that dies with a request under way', () => {
  /** A provider that takes a request and never answers. */
  let silent: Server
  let port: number
  let asked: Promise<void>
  beforeAll(async () => {
    let told = (): void => undefined
    asked = new Promise((resolve) => (told = resolve))
    silent = createServer((request) => {
      request.resume()
      told()
    })
    port = await freePort()
    silent.listen(port, '127.0.0.1')
    await once(silent, 'listening')
  })
  afterAll(() => {
    silent.closeAllConnections()
    silent.close()
  })

  test('leaves a record of outcome unknown, exactly one', { timeout: 120_000 }, async () => {
    const environment = {
      AWS_BEARER_TOKEN_BEDROCK: 'token',
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: `http://127.0.0.1:${port}`,
    }
    let server = await startServer({ command: 'serve', environment })
    const lost = api(server, '/v1/chat/completions', { body: { model: 'default', messages } }).catch(
      () => 'lost',
    )
    await asked
    // The intent is queued before the first attempt and on its way to the disk; a moment later it is there.
    await eventually(
      () => journalText(server.dataDir),
      (text) => text.includes('"type":"intent"'),
    )
    const { body: replicas } = await api<{ data: { id: string }[] }>(server, '/api/v1/replicas')
    await server.kill('SIGKILL')
    expect(await lost).toBe('lost')
    server = await startServer({ command: 'serve', dataDir: server.dataDir, environment })
    const read = (): Promise<Body[]> =>
      api<{ data: Body[] }>(server, '/api/v1/usage/records').then(({ body }) => body.data)
    const records = await eventually(read, (found) => found.length > 0)
    expect(records).toMatchObject([
      { outcome: 'unknown', requested: 'default', costNanoUsd: null, modelId: null },
    ])
    // Nobody waits for the replica that was killed, nor is it taken for one that is cut off.
    const { body: switched } = await api<{ pending: string[]; unheard: object[] }>(
      server,
      '/api/v1/switches',
      {
        body: { modelId: 'eu.amazon.nova-lite-v1:0', useCase: 'clinical', reason: 'After the kill' },
      },
    )
    const killed = replicas.data.map(({ id }) => id)
    expect(killed).toHaveLength(1)
    expect([switched.pending.filter((id) => killed.includes(id)), switched.unheard]).toEqual([[], []])
    expect(await pendingAtLast(server)).toEqual([])
    await server.kill('SIGTERM')
    await removeFolder(server.dataDir)
  })
})
