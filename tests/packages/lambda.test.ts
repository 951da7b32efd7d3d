import { execFile } from 'node:child_process'
import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startSimulator, type SimulatedModel, type Simulator } from '@pointsman/simulator'
import { createClient, type Client } from '@pointsman/sdk'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import catalogue from '../../catalogue/models.json' with { type: 'json' }
import { removeFolder, root, startServer, temporaryFolder, type RunningServer } from '../server.ts'
import { readerOf, startAws, type Aws } from './lambda/aws.ts'
import { startLambdaApi, type LambdaApi } from './lambda/lambda-api.ts'
import { runFunction, type RunningFunction } from './lambda/run-function.ts'
import type { Posted } from './lambda/runtime-api.ts'
import { createStateMachine, stateMachineFile, type StateMachine } from './lambda/state-machine.ts'

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
/** With moto in it, which plays S3, DynamoDB and Step Functions. */
const python = process.env['POINTSMAN_TEST_PYTHON']
if (python === undefined && process.env['CI'] !== undefined)
  throw new Error('POINTSMAN_TEST_PYTHON is not set: CI installs moto')

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
        ...{ bearerTokens: ['any'], apiKeys: ['any'] },
        accessKeys: [
          { accessKeyId: identity.AWS_ACCESS_KEY_ID, secretAccessKey: identity.AWS_SECRET_ACCESS_KEY },
        ],
      },
      latency: { firstTokenMs: 1, perTokenMs: 1 },
    })
    server = await startServer({ environment: { POINTSMAN_SERVICE_KEY: key } })
    operator = createClient({ url: server.url, key })
    await operator.agents.put('invoice_agent', { llm_model: 'eu.amazon.nova-micro-v1:0' })
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

  const start = (
    environment: { readonly [name: string]: string } = {},
    handler = 'index.handler',
  ): Promise<RunningFunction> =>
    runFunction({
      ...{ client: client ?? '', folder, handler },
      environment: {
        AWS_ENDPOINT_URL_BEDROCK_RUNTIME: simulator.url,
        ...{ POINTSMAN_SNAPSHOT_PUBLIC_KEY: publicKey, POINTSMAN_SERVICE_KEY: key },
        ...identity,
        ...environment,
      },
    })

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
    let running: RunningFunction
    beforeAll(async () => {
      running = await start()
    })
    afterAll(() => running.stop())

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

    test('writes records and metrics into its log where it has no server', async () => {
      // What the function wrote comes through a pipe, after its answer and in pieces.
      const lines = await vi.waitFor(() => {
        const whole = running.output().split('\n').slice(0, -1)
        const told = whole.flatMap((line) =>
          line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : [],
        )
        expect(told.filter(({ event }) => event === 'usage_record').length).toBeGreaterThan(2)
        expect(told.filter((line) => '_aws' in line).length).toBeGreaterThan(0)
        return told
      }, 30_000)
      const record = lines.find(({ event }) => event === 'usage_record')
      expect(record).toMatchObject({ told: { type: 'outcome', record: { outcome: 'ok' } } })
      expect(running.output()).not.toContain('Grüße')
    })
  })

  test('reads a server’s snapshot, hears a switch before it answers, and tells its records before it ends', async () => {
    const running = await start({ POINTSMAN_URL: server.url, POINTSMAN_SERVER_KEY: key })
    const before = split(await running.api.invoke(urlEvent(chat)))
    await operator.switches.create({ modelId: 'eu.amazon.nova-lite-v1:0', useCase: 'clinical', reason: 'r' })
    const drill = await operator.drills.start({
      ...{ route: 'use-case/operations', fault: '503', reason: 'r' },
    })
    // As long as the last look counts.
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    const after = split(await running.api.invoke(urlEvent(chat)))
    const drilled = split(await running.api.invoke(urlEvent({ ...chat, model: 'use-case/operations' })))
    await running.stop()
    expect(drilled.prelude.headers['x-pointsman-drill']).toBe(drill.id)
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

  describe.skipIf(python === undefined)('among AWS’s other services', () => {
    const vendors = (url: string) => ({
      ...{ OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: 'any' },
      ...{ ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: 'any' },
      ...{ GOOGLE_GEMINI_BASE_URL: url, GEMINI_API_KEY: 'any' },
    })
    let running: RunningFunction
    let lambda: LambdaApi
    let aws: Aws
    beforeAll(async () => {
      running = await start({ ...vendors(simulator.url), POINTSMAN_SERVICE_KEY: '' }, 'index.invoked')
      lambda = await startLambdaApi(running.api)
      aws = await startAws(python ?? '', lambda.url)
    })
    afterAll(async () => {
      await aws.close()
      await lambda.close()
      await running.stop()
    })

    test('a bucket’s snapshot is read with the function’s role, and read anew once it was saved anew', async () => {
      // A key that S3 signs in another way than all other services.
      const place = { Bucket: 'pointsman.snapshots', Key: 'of the clinic/ä+b (1).json' }
      const save = async (): Promise<object> =>
        aws.call('s3', 'put_object', { ...place, Body: JSON.stringify(await operator.snapshots.save()) })
      await aws.call('s3', 'create_bucket', {
        ...{ Bucket: place.Bucket, CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' } },
      })
      await save()
      const role = await readerOf(aws, place.Bucket)
      const environment = {
        ...{ POINTSMAN_SNAPSHOT: `s3://${place.Bucket}/${place.Key}`, AWS_ENDPOINT_URL_S3: aws.url },
        ...{ AWS_BEARER_TOKEN_BEDROCK: 'any', ...role },
      }
      const wrong = { ...environment, AWS_SECRET_ACCESS_KEY: 'another secret' }
      await aws.checkSignatures(true)
      await expect(start(wrong)).rejects.toThrow(/S3 answered 403 SignatureDoesNotMatch\. Allow s3:GetObject/)
      const reader = await start(environment)
      const before = split(await reader.api.invoke(urlEvent(chat)))
      await aws.checkSignatures(false)
      const change = { modelId: 'eu.amazon.nova-micro-v1:0', useCase: 'clinical', reason: 'r' }
      await operator.switches.create(change)
      await save()
      await aws.checkSignatures(true)
      await new Promise((resolve) => setTimeout(resolve, 1_100))
      const after = split(await reader.api.invoke(urlEvent(chat)))
      await aws.checkSignatures(false)
      await reader.stop()
      expect([before.prelude.statusCode, after.prelude.statusCode]).toEqual([200, 200])
      expect(before.prelude.headers['x-pointsman-model']).not.toBe(change.modelId)
      expect(after.prelude.headers['x-pointsman-model']).toBe(change.modelId)
    })

    describe('a state machine', () => {
      test('is one, by another judge of the language', async () => {
        await run(process.execPath, [
          ...[join(client ?? '', '../asl-validator/dist/bin/asl-validator.js'), '--json-path'],
          stateMachineFile,
        ])
      })

      let machine: StateMachine
      beforeAll(async () => {
        machine = await createStateMachine(aws)
        await machine.register('sql_agent', 'bedrock', 'eu.amazon.nova-pro-v1:0')
        await machine.register('research_agent', 'openai', 'gpt-4o')
        await machine.register('writing_agent', 'anthropic', 'claude-sonnet-4-5-20250929')
        await machine.register('vision_agent', 'google', 'gemini-2.5-flash')
      })

      test.each([
        ['sql_agent', 'bedrock', 'eu.amazon.nova-pro-v1:0'],
        ['research_agent', 'openai', 'gpt-4o'],
        ['writing_agent', 'anthropic', 'claude-sonnet-4-5-20250929'],
        ['vision_agent', 'google', 'gemini-2.5-flash'],
      ])('asks the model that the item of %s names, in its vendor’s form', async (agent, provider, model) => {
        expect(await machine.execute({ agent, prompt: 'Grüße' })).toEqual({
          status: 'SUCCEEDED',
          output: {
            ...{ agent, model, provider, reason: 'explicit', answer: having('Grüße') },
            requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
          },
        })
      })

      test('an edit of the item takes effect at the next execution', async () => {
        await machine.register('sql_agent', 'bedrock', 'eu.amazon.nova-lite-v1:0')
        expect(await machine.execute({ agent: 'sql_agent', prompt: 'Hi' })).toMatchObject({
          output: { model: 'eu.amazon.nova-lite-v1:0' },
        })
      })

      test('asks again where the vendors are not well, and tells truly of what cannot be mended so', async () => {
        simulator.script({ effect: { error: { name: 'ServiceUnavailableException' } } })
        const before = lambda.answered.length
        const executed = machine.execute({ agent: 'sql_agent', prompt: 'Hi' })
        await expect.poll(() => lambda.answered.length).toBe(before + 1)
        simulator.clear()
        expect(await executed).toMatchObject({ status: 'SUCCEEDED' })
        expect(lambda.answered.slice(before)).toEqual(['error', 'response'])
        await machine.register('no_agent', 'bedrock', 'amazon.nova-prp-v1:0')
        expect(await machine.execute({ agent: 'no_agent', prompt: 'Hi' })).toMatchObject({
          ...{ status: 'FAILED', error: 'Http.StatusCode.404' },
          cause: having('Model not found: amazon.nova-prp-v1:0'),
        })
        expect(await machine.execute({ agent: 'nobody', prompt: 'Hi' })).toMatchObject({
          ...{ error: 'UnknownAgent', cause: having('has no item \"nobody\"') },
        })
      })

      test('“Missing field endpoint”: without a mapping of the provider; mended by it', async () => {
        const ask = { agent: 'sql_agent', prompt: 'Hi' }
        const withoutBedrock = await createStateMachine(aws, (states) => {
          states.Provider.Choices = states.Provider.Choices.filter(({ Next }) => Next !== 'Bedrock')
        })
        expect(await withoutBedrock.execute(ask)).toMatchObject({
          ...{ error: 'MissingEndpoint', cause: having('Missing field endpoint') },
        })
        // A template that does not look: the function itself misses it.
        const withoutEndpoint = await createStateMachine(aws, (states) => {
          delete states.Ask.Parameters.Payload['endpoint.$']
        })
        expect(await withoutEndpoint.execute(ask)).toMatchObject({
          ...{ error: 'Http.StatusCode.400', cause: having('Missing field endpoint') },
        })
        expect(await machine.execute(ask)).toMatchObject({ status: 'SUCCEEDED' })
      })

      test('“Unexpected field type”: in another provider’s form, or a typed value for its text; mended by the mapping', async () => {
        const ask = { agent: 'sql_agent', prompt: 'Hi' }
        const inOtherForm = await createStateMachine(aws, (states) => {
          states.Bedrock.Parameters.body = states.OpenAI.Parameters.body
        })
        expect(await inOtherForm.execute(ask)).toMatchObject({
          ...{ error: 'Http.StatusCode.400', cause: having('must be an array, not a string') },
        })
        const typed = await createStateMachine(aws, (states) => {
          states.Bedrock.Parameters['endpoint.$'] = '$.registered.Item.llm_model'
        })
        expect(await typed.execute(ask)).toMatchObject({
          ...{ error: 'Http.StatusCode.400', cause: having('Unexpected field type: ') },
        })
        expect(await machine.execute(ask)).toMatchObject({ status: 'SUCCEEDED' })
      })

      test('one mapping for all providers would do: every form reaches every model', async () => {
        const one = await createStateMachine(aws, (states) => {
          for (const choices of [states.Provider.Choices, states.Form.Choices])
            for (const choice of choices)
              choice.Next = choice.Next.replace(/(Bedrock|Anthropic|Google)$/, 'OpenAI')
        })
        expect(await one.execute({ agent: 'sql_agent', prompt: 'Hi' })).toMatchObject({
          output: { model: 'eu.amazon.nova-lite-v1:0', provider: 'bedrock' },
        })
      })

      test('asked for by its name, an agent has the model of the registry', async () => {
        await machine.register('invoice_agent', 'openai', 'gpt-4o')
        const byName = await createStateMachine(aws, (states) => {
          states.OpenAI.Parameters.body['model.$'] = "States.Format('agent/{}', $.agent)"
        })
        expect(await byName.execute({ agent: 'invoice_agent', prompt: 'Hi' })).toMatchObject({
          output: { model: 'eu.amazon.nova-micro-v1:0', reason: 'agent' },
        })
      })
    })

    test('invoked by hand, it takes no HTTP', async () => {
      const posted = await running.api.invoke(urlEvent(chat))
      expect([posted.as, Buffer.concat(posted.chunks).toString()]).toEqual(['error', having('index.handler')])
    })
  })
})
