import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startSimulator, type SimulatedModel, type Simulator } from '@pointsman/simulator'
import { createClient, type Client } from '@pointsman/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import catalogue from '../../catalogue/models.json' with { type: 'json' }
import {
  cleanEnvironment,
  removeFolder,
  root,
  startServer,
  temporaryFolder,
  type RunningServer,
} from '../server.ts'
import { startRuntimeApi, type Posted, type RuntimeApi } from './lambda/runtime-api.ts'

/**
 * The function as it is deployed, under AWS's own runtime client for Node (`aws-lambda-ric`, whose place
 * POINTSMAN_TEST_LAMBDA_CLIENT names), behind a stand-in of Lambda's Runtime API.
 */
const client = process.env['POINTSMAN_TEST_LAMBDA_CLIENT']
if (client === undefined && process.env['CI'] !== undefined)
  throw new Error('POINTSMAN_TEST_LAMBDA_CLIENT is not set: CI installs aws-lambda-ric')
const run = promisify(execFile)
const having = (part: string): unknown => expect.stringContaining(part)
const key = 'pm_service_of_the_function_0123456789'
const identity = { AWS_ACCESS_KEY_ID: 'AKIASIMULATED', AWS_SECRET_ACCESS_KEY: 'simulated-secret' }

describe.skipIf(client === undefined)('the function', () => {
  let simulator: Simulator
  let server: RunningServer
  let operator: Client
  let folder: string
  let publicKey: string
  beforeAll(async () => {
    simulator = await startSimulator({
      models: catalogue.models as unknown as readonly SimulatedModel[],
      credentials: {
        accessKeys: [
          { accessKeyId: identity.AWS_ACCESS_KEY_ID, secretAccessKey: identity.AWS_SECRET_ACCESS_KEY },
        ],
      },
      latency: { firstTokenMs: 1, perTokenMs: 1 },
    })
    server = await startServer({ environment: { POINTSMAN_SERVICE_KEY: key } })
    operator = createClient({ url: server.url, key })
    folder = await temporaryFolder()
    await run(process.execPath, ['tools/build-lambda.ts'], { cwd: root })
    await cp(join(root, 'aws-lambda/bedrock-ai-chat/index.mjs'), join(folder, 'index.mjs'))
    const saved = await operator.snapshots.save()
    ;({ publicKey } = saved)
    await writeFile(join(folder, 'snapshot.json'), JSON.stringify(saved))
    // Its native half is compiled by its install script, which is not run: native-client.cjs stands for it.
    await writeFile(join(client ?? '', 'dist/rapid-client.node'), '')
  }, 120_000)
  afterAll(async () => {
    await simulator.close()
    await server.kill('SIGTERM')
    await removeFolder(server.dataDir)
    await removeFolder(folder)
  })

  interface Running {
    readonly api: RuntimeApi
    readonly process: ChildProcess
    output(): string
  }

  async function start(environment: { readonly [name: string]: string } = {}): Promise<Running> {
    const api = await startRuntimeApi()
    const process_ = spawn(
      process.execPath,
      [
        '--require',
        join(root, 'tests/packages/lambda/native-client.cjs'),
        join(client ?? '', 'bin/index.mjs'),
        'index.handler',
      ],
      {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: cleanEnvironment({
          ...{ AWS_LAMBDA_RUNTIME_API: api.address, LAMBDA_TASK_ROOT: folder, AWS_REGION: 'eu-central-1' },
          ...{ AWS_LAMBDA_FUNCTION_NAME: 'f', AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1: 'true' },
          AWS_ENDPOINT_URL_BEDROCK_RUNTIME: simulator.url,
          ...{ POINTSMAN_SNAPSHOT_PUBLIC_KEY: publicKey, POINTSMAN_SERVICE_KEY: key },
          ...identity,
          ...environment,
        }),
      },
    )
    let output = ''
    for (const stream of [process_.stdout, process_.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text))
    const ended = once(process_, 'exit').then(() => Promise.reject(new Error(`It ended:\n${output}`)))
    await Promise.race([api.ready, ended])
    ended.catch(() => undefined)
    return { api, process: process_, output: () => output }
  }
  async function stop({ api, process: process_ }: Running): Promise<void> {
    process_.kill('SIGKILL')
    await api.close()
  }

  const chat = { model: 'use-case/clinical', messages: [{ role: 'user', content: 'Grüße' }] }
  const urlEvent = (body: object, path = '/v1/chat/completions') => ({
    version: '2.0',
    rawPath: path,
    rawQueryString: '',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    requestContext: {
      ...{ domainName: 'abc.lambda-url.eu-central-1.on.aws', stage: '$default' },
      http: { method: 'POST' },
    },
    body: JSON.stringify(body),
    isBase64Encoded: false,
  })
  /** The prelude is JSON, then eight zero bytes, then the answer. */
  function split({ chunks }: Posted) {
    const all = Buffer.concat(chunks)
    const at = all.indexOf(Buffer.alloc(8))
    const prelude = JSON.parse(all.subarray(0, at).toString()) as {
      readonly statusCode: number
      readonly headers: { readonly [name: string]: string }
    }
    return { prelude, body: all.subarray(at + 8).toString() }
  }

  describe('with a snapshot in its package', () => {
    let running: Running
    beforeAll(async () => {
      running = await start()
    })
    afterAll(() => stop(running))

    test('streams a function URL’s answer behind the prelude, piece by piece', async () => {
      simulator.script({ times: 1, effect: { slowChunksMs: 50 } })
      const posted = await running.api.invoke(urlEvent({ ...chat, stream: true }))
      expect(posted.headers).toMatchObject({
        'content-type': 'application/vnd.awslambda.http-integration-response',
        'lambda-runtime-function-response-mode': 'streaming',
        'transfer-encoding': 'chunked',
      })
      const { body, prelude } = split(posted)
      expect(prelude).toMatchObject({
        statusCode: 200,
        headers: {
          'content-type': having('text/event-stream'),
          'x-pointsman-reason': 'use-case',
          'x-pointsman-model': having('claude'),
        },
      })
      expect(body).toMatch(/^data: \{.*\n\ndata: \[DONE\]\n\n$/s)
      expect(posted.chunks.length).toBeGreaterThan(5)
      expect(posted.trailers).toEqual({})
    })

    test('answers an API’s event by one object', async () => {
      const event = urlEvent(chat)
      const posted = await running.api.invoke({
        ...event,
        requestContext: { ...event.requestContext, domainName: 'a.execute-api.eu-central-1.amazonaws.com' },
      })
      expect(posted.headers['content-type']).toBe('application/json')
      const result = JSON.parse(Buffer.concat(posted.chunks).toString()) as {
        readonly statusCode: number
        readonly body: string
        readonly isBase64Encoded: boolean
      }
      expect([result.statusCode, result.isBase64Encoded]).toEqual([200, false])
      expect(result.body).toContain('Grüße')
    })

    test('refuses in the form of the API that is asked', async () => {
      const wrong = urlEvent(chat)
      const posted = await running.api.invoke({ ...wrong, headers: { authorization: 'Bearer wrong' } })
      expect(split(posted)).toMatchObject({
        prelude: { statusCode: 401 },
        body: having('invalid_key'),
      })
      const control = await running.api.invoke(urlEvent({}, '/api/v1/models'))
      expect(split(control)).toMatchObject({
        prelude: { statusCode: 404 },
        body: having('serves models'),
      })
      const none = await running.api.invoke({ Records: [] })
      expect(Buffer.concat(none.chunks).toString()).toContain('This function answers HTTP')
    })

    test('tells of an answer that its vendor broke off, and does not make it look whole', async () => {
      simulator.script({ times: 1, effect: { cutAfterChunks: 3 } })
      const { body } = split(await running.api.invoke(urlEvent({ ...chat, stream: true })))
      expect(body).not.toContain('[DONE]')
      expect(body).toContain('"error"')
    })

    test('writes records and metrics into its log where it has no server', () => {
      const lines = running
        .output()
        .split('\n')
        .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []))
      const records = lines.filter(({ event }) => event === 'usage_record')
      expect(records.length).toBeGreaterThan(2)
      expect(records[0]).toMatchObject({ told: { type: 'outcome', record: { outcome: 'ok' } } })
      expect(lines.filter((line) => '_aws' in line).length).toBeGreaterThan(0)
      expect(running.output()).not.toContain('Grüße')
    })
  })

  test('reads a server’s snapshot, hears a switch before it answers, and tells its records before it ends', async () => {
    const running = await start({ POINTSMAN_URL: server.url, POINTSMAN_SERVER_KEY: key })
    const before = split(await running.api.invoke(urlEvent(chat)))
    await operator.switches.create({ modelId: 'eu.amazon.nova-lite-v1:0', useCase: 'clinical', reason: 'r' })
    // As long as the last look counts.
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    const after = split(await running.api.invoke(urlEvent(chat)))
    // Killed at once, as a frozen one may be that nobody wakes again.
    await stop(running)
    expect(before.prelude.headers['x-pointsman-model']).toContain('claude')
    expect(after.prelude.headers['x-pointsman-model']).toBe('eu.amazon.nova-lite-v1:0')
    for (const { prelude } of [before, after]) {
      const id = prelude.headers['x-pointsman-request-id'] ?? ''
      expect((await operator.usage.explain(id)).record).toMatchObject({ requestId: id, outcome: 'ok' })
    }
  })

  test('says at its start what is missing', async () => {
    await expect(start({ POINTSMAN_SNAPSHOT: 'none.json' })).rejects.toThrow(/no snapshot at .*none\.json/)
    await expect(start({ POINTSMAN_SNAPSHOT_PUBLIC_KEY: '' })).rejects.toThrow('snapshot save --public-key')
  })
})
