import { request as httpRequest } from 'node:http'
import { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime'
import { modelId } from '@pointsman/contract'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import OpenAI from 'openai'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  clinicKey,
  secretOfKey,
  serviceKey,
  startGateway,
  type RunningGateway,
} from './testing/running-gateway.ts'

let gateway: RunningGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterEach(() => {
  gateway.simulator.clear()
  Object.assign(gateway.state, { credentials: { ready: true }, journal: 'open', stopping: false })
  expect(gateway.failures.splice(0)).toEqual([])
})
afterAll(() => gateway.close())

const sonnet = 'eu.anthropic.claude-sonnet-5-5'
const haiku = 'eu.anthropic.claude-haiku-5-5'
const novaPro = 'eu.amazon.nova-pro-v1:0'
const body = { model: 'use-case/clinical', messages: [{ role: 'user', content: 'Hello' }] }

interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly json: Record<string, unknown> & { error?: Record<string, unknown> }
}
async function post(path: string, value: unknown, headers: Record<string, string> = {}): Promise<Answered> {
  const response = await fetch(gateway.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${serviceKey}`, ...headers },
    body: typeof value === 'string' ? value : JSON.stringify(value),
  })
  return {
    status: response.status,
    headers: response.headers,
    json: (await response.json()) as Answered['json'],
  }
}
const chat = (value: unknown = body, headers: Record<string, string> = {}): Promise<Answered> =>
  post('/v1/chat/completions', value, headers)
const openai = (key = serviceKey): OpenAI =>
  new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: key, maxRetries: 0 })
const lastRecord = () => gateway.records.at(-1)

describe('which model serves', () => {
  test.each([
    ['default', {}, novaPro, 'default'],
    ['use-case/clinical', {}, sonnet, 'use-case'],
    ['clinical', {}, sonnet, 'use-case'],
    ['role/patient', {}, 'eu.amazon.nova-lite-v1:0', 'role'],
    ['default', { 'x-pointsman-use-case': 'operations' }, 'eu.amazon.nova-micro-v1:0', 'use-case'],
    ['default', { 'x-pointsman-role': 'medical_provider' }, sonnet, 'role'],
    [novaPro, { 'x-pointsman-use-case': 'clinical' }, novaPro, 'explicit'],
  ])('%s with %o', async (model, headers, served, reason) => {
    const answer = await chat({ ...body, model }, headers)
    expect(answer.status).toBe(200)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'x-pointsman-requested': model,
      'x-pointsman-model': served,
      'x-pointsman-provider': 'bedrock',
      'x-pointsman-region': 'eu-central-1',
      'x-pointsman-reason': reason,
      'x-pointsman-attempts': '1',
    })
    expect(answer.json['model']).toBe(served)
    expect(lastRecord()).toMatchObject({
      requestId: answer.headers.get('x-pointsman-request-id'),
      modelId: served,
      outcome: 'ok',
      requested: model,
    })
    expect(lastRecord()?.costNanoUsd).toBeGreaterThan(0)
  })

  test('a body without a model asks for the default', async () => {
    expect((await chat({ messages: body.messages })).headers.get('x-pointsman-model')).toBe(novaPro)
  })

  test('an alias, even one that shadows a model id', async () => {
    await gateway.publish((entries) => ({
      ...entries,
      aliases: [{ name: 'gpt-4o', target: 'use-case/clinical' }],
    }))
    const answer = await chat({ ...body, model: 'gpt-4o' })
    expect(answer.headers.get('x-pointsman-model')).toBe(sonnet)
    await gateway.publish((entries) => ({ ...entries, aliases: [] }))
  })

  test('a conversation keeps the model that it began with', async () => {
    const headers = { 'x-pointsman-conversation': 'conversation-1' }
    expect((await chat(body, headers)).headers.get('x-pointsman-model')).toBe(sonnet)
    expect(gateway.pinned.get('conversation-1')).toBe(sonnet)
    gateway.pinned.set('conversation-1', modelId(haiku))
    const answer = await chat(body, headers)
    expect([answer.headers.get('x-pointsman-model'), answer.headers.get('x-pointsman-reason')]).toEqual([
      haiku,
      'conversation',
    ])
  })

  test('a name in a header may be written in UTF-8', async () => {
    const written = (text: string): string => Buffer.from(text).toString('latin1')
    await chat(body, { 'x-pointsman-user': written('日 voilà'), 'x-pointsman-tags': written('a, ß') })
    expect(lastRecord()).toMatchObject({ userId: '日 voilà', tags: ['a', 'ß'] })
  })

  test('bytes of a header that are not UTF-8 are read one by one', async () => {
    await chat(body, { 'x-pointsman-user': 'caf\u00e9' })
    expect(lastRecord()?.userId).toBe('caf\u00e9')
  })

  test('a snapshot that was published counts at the next request', async () => {
    await gateway.publish((entries) => ({
      ...entries,
      routes: entries.routes.map((route) =>
        route.name === 'clinical' ? { ...route, target: modelId(novaPro) } : route,
      ),
    }))
    expect((await chat()).headers.get('x-pointsman-model')).toBe(novaPro)
    await gateway.publish((entries) => ({
      ...entries,
      routes: entries.routes.map((route) =>
        route.name === 'clinical' ? { ...route, target: modelId(sonnet) } : route,
      ),
    }))
  })
})

describe('official clients', () => {
  test('the OpenAI SDK with tools, streamed and not', async () => {
    const tools = [
      {
        type: 'function' as const,
        function: {
          name: 'get_weather',
          parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
        },
      },
    ]
    const asked = {
      model: 'use-case/clinical',
      messages: [{ role: 'user' as const, content: 'Call get_weather' }],
      tools,
      tool_choice: 'required' as const,
    }
    const whole = await openai().chat.completions.create(asked)
    const call = whole.choices[0]?.message.tool_calls?.[0]
    expect(whole.choices[0]?.finish_reason).toBe('tool_calls')
    expect(
      call?.type === 'function' && (JSON.parse(call.function.arguments) as { city: unknown }).city,
    ).toBeTypeOf('string')
    let streamed = ''
    for await (const chunk of await openai().chat.completions.create({ ...asked, stream: true })) {
      streamed += chunk.choices[0]?.delta.tool_calls?.[0]?.function?.arguments ?? ''
    }
    expect((JSON.parse(streamed) as { city: unknown }).city).toBeTypeOf('string')
  })

  test('the OpenAI SDK lists models: names that can be switched first, nothing past its end', async () => {
    const { data } = await openai().models.list()
    const ids = data.map((model) => model.id)
    expect(ids.slice(0, 1)).toEqual(['default'])
    expect(ids).toContain('use-case/clinical')
    expect(ids).toContain(novaPro)
    expect(ids).not.toContain('anthropic.claude-3-5-sonnet-20241022-v2:0')
    expect((await openai().models.retrieve(novaPro)).owned_by).toBe('amazon')
    await expect(openai().models.retrieve('nobody')).rejects.toMatchObject({ status: 404 })
  })

  test.each([
    ['bearer token over HTTP/2'],
    ['bearer token over HTTP/1.1'],
    ['signature over HTTP/2'],
    ['signature over HTTP/1.1'],
  ])('the AWS SDK with a %s', async (kind) => {
    const signed = kind.startsWith('signature')
    const client = new BedrockRuntimeClient({
      endpoint: gateway.url,
      region: 'eu-central-1',
      maxAttempts: 1,
      ...(signed
        ? { credentials: { accessKeyId: 'clinic', secretAccessKey: secretOfKey('clinic') } }
        : { token: { token: clinicKey }, authSchemePreference: ['httpBearerAuth'] }),
      ...(kind.endsWith('1.1') ? { requestHandler: new NodeHttpHandler() } : {}),
    })
    const input = {
      modelId: 'use-case/clinical',
      messages: [{ role: 'user' as const, content: [{ text: 'Hello' }] }],
    }
    const whole = await client.send(new ConverseCommand(input))
    expect(whole.output?.message?.content?.[0]?.text).toContain('Claude Sonnet 5.5')
    const { stream } = await client.send(new ConverseStreamCommand(input))
    const events: string[] = []
    for await (const event of stream ?? []) events.push(Object.keys(event)[0] ?? '')
    expect(events[0]).toBe('messageStart')
    expect(events.slice(-2)).toEqual(['messageStop', 'metadata'])
    client.destroy()
    expect(lastRecord()).toMatchObject({
      keyId: 'clinic',
      stream: true,
      outcome: 'ok',
      face: 'bedrock-converse',
    })
  })

  test('a raw colon in the path works like an encoded one', async () => {
    const converse = { messages: [{ role: 'user', content: [{ text: 'Hello' }] }] }
    for (const id of [novaPro, encodeURIComponent(novaPro)]) {
      const answer = await post(`/model/${id}/converse`, converse)
      expect([answer.status, answer.headers.get('x-pointsman-model')]).toEqual([200, novaPro])
    }
  })

  test('a base id that its region serves only through a profile is called through it, and the answer says so', async () => {
    const answer = await chat({ ...body, model: 'amazon.nova-pro-v1:0' })
    expect(answer.headers.get('x-pointsman-model')).toBe(novaPro)
    expect(answer.headers.get('x-pointsman-warnings')).toMatch(/profile/)
  })
})

describe('bad input', () => {
  test.each([
    ['unknown model', { ...body, model: 'eu.amazon.nova-por-v1:0' }, 404, 'eu.amazon.nova-pro-v1:0'],
    ['unknown use case', { ...body, model: 'use-case/clinicl' }, 404, 'clinical'],
    ['unknown agent', { ...body, model: 'agent/nobody' }, 404, 'nobody'],
    ['not JSON', '{"model": ', 400, 'JSON'],
    ['not an object', '[]', 400, 'object'],
    ['wrong type', { ...body, messages: 'Hello' }, 400, 'messages'],
    ['wrong type within', { ...body, messages: [{ role: 'user', content: 7 }] }, 400, 'messages[0].content'],
    ['unknown role', { ...body, messages: [{ role: 'nurse', content: 'x' }] }, 400, 'messages[0].role'],
    ['a parameter that would change the meaning', { ...body, n: 2 }, 400, 'n'],
  ])('%s', async (_, value, status, told) => {
    const answer = await chat(value)
    expect(answer.status).toBe(status)
    expect(String(answer.json.error?.['message'])).toContain(told)
    expect(answer.headers.get('x-pointsman-request-id')).toBeTruthy()
    expect(lastRecord()).toMatchObject({
      requestId: answer.headers.get('x-pointsman-request-id'),
      outcome: 'refused',
      status,
      modelId: null,
    })
  })

  test('a body over the limit is refused before it is read whole, whatever Content-Length says', async () => {
    const large = 'x'.repeat(1_100_000)
    expect((await chat(large)).status).toBe(413)
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const request = httpRequest(
        `${gateway.url}/v1/chat/completions`,
        { method: 'POST', headers: { authorization: `Bearer ${serviceKey}` } },
        (response) => {
          response.resume()
          resolve(response.statusCode)
        },
      )
      request.on('error', reject)
      for (let sent = 0; sent < 20; sent++) request.write(large.slice(0, 100_000))
    })
    expect(status).toBe(413)
  })

  test('keys: none, wrong, expired, without the scope, of another route; a wrong one leaves no record', async () => {
    const before = gateway.records.length
    const headers = (key: string | null): Record<string, string> => ({
      'content-type': 'application/json',
      ...(key === null ? {} : { 'x-api-key': key }),
    })
    const ask = async (key: string | null, model = 'use-case/clinical'): Promise<number> =>
      (
        await fetch(`${gateway.url}/v1/chat/completions`, {
          method: 'POST',
          headers: headers(key),
          body: JSON.stringify({ ...body, model }),
        })
      ).status
    expect([await ask(null), await ask('nonsense'), await ask('old')]).toEqual([401, 401, 401])
    expect(gateway.records.length).toBe(before)
    expect(await ask('reader')).toBe(403)
    expect(await ask(clinicKey)).toBe(200)
    expect(await ask(clinicKey, 'use-case/health')).toBe(403)
  })

  test("errors have the face's own shape", async () => {
    const converse = await post('/model/no-such-model/converse', {
      messages: [{ role: 'user', content: [{ text: 'x' }] }],
    })
    expect([converse.status, converse.headers.get('x-amzn-errortype')]).toEqual([
      404,
      'ResourceNotFoundException',
    ])
    expect(converse.json['message']).toContain('no-such-model')
    const wrong = await fetch(`${gateway.url}/v1/chat/completions`, {
      headers: { authorization: `Bearer ${serviceKey}` },
    })
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST'])
  })

  test('a stranger is refused before any of the body is read, whatever the header looks like', async () => {
    const unknown =
      'AWS4-HMAC-SHA256 Credential=nobody/20261121/eu-central-1/bedrock/aws4_request, SignedHeaders=host, Signature=' +
      '0'.repeat(64)
    // Of a key that is known here: too old, for another service, without the host.
    const known = (scope: string, signed: string): string =>
      `AWS4-HMAC-SHA256 Credential=clinic/${scope}, SignedHeaders=${signed}, Signature=${'0'.repeat(64)}`
    const today = new Date().toISOString().slice(0, 10).replaceAll('-', '')
    const forged = [
      known('20200101/eu-central-1/bedrock/aws4_request', 'host;x-amz-date'),
      known(`${today}/eu-central-1/s3/aws4_request`, 'host;x-amz-date'),
      known(`${today}/eu-central-1/bedrock/aws4_request`, 'x-amz-date'),
    ]
    for (const authorization of ['Basic eDp5', unknown, 'Bearer wrong', ...forged]) {
      const status = await new Promise<number | undefined>((resolve, reject) => {
        const amzDate = new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
        const headers = { authorization, 'content-length': '1000000', 'x-amz-date': amzDate }
        const request = httpRequest(
          `${gateway.url}/v1/chat/completions`,
          { method: 'POST', headers },
          (response) => {
            response.resume()
            resolve(response.statusCode)
            request.destroy()
          },
        )
        request.on('error', reject)
        request.write('{')
      })
      expect(status).toBe(401)
    }
  })

  test('names and headers that HTTP cannot carry are answered all the same', async () => {
    expect((await chat({ ...body, model: '\ud800' })).status).toBe(404)
    expect((await chat({ ...body, model: 'モデル\u0000' })).status).toBe(404)
    expect(await chat(body, { 'content-encoding': 'gzip' })).toMatchObject({
      status: 415,
      json: { error: { code: 'unsupported_encoding' } },
    })
  })

  test('paths that do not exist are refused in the words of their face', async () => {
    expect(await post('/v1/nothing', {})).toMatchObject({
      status: 404,
      json: { error: { code: 'not_found' } },
    })
    const bedrock = await post('/model/%ff/converse', {})
    expect([bedrock.status, bedrock.headers.get('x-amzn-errortype')]).toEqual([
      404,
      'ResourceNotFoundException',
    ])
  })

  test("a key's limit is 429 with Retry-After", async () => {
    let answer = await chat(body, { authorization: `Bearer ${clinicKey}` })
    for (let call = 0; call < 60 && answer.status === 200; call++)
      answer = await chat(body, { authorization: `Bearer ${clinicKey}` })
    expect(answer.status).toBe(429)
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  })
})

test('text is kept where the route that a request resolved to says so, and nowhere else', async () => {
  const keep = (capture: boolean) =>
    gateway.publish((entries) => ({
      ...entries,
      routes: entries.routes.map((route) => (route.name === 'clinical' ? { ...route, capture } : route)),
    }))
  await chat()
  expect(gateway.exchanges).toEqual([])
  await keep(true)
  await chat({ ...body, model: novaPro }, { 'x-pointsman-use-case': 'clinical' })
  await chat({ ...body, model: 'default' })
  await post('/v1/messages/count_tokens', body)
  await chat({ ...body, messages: 'none' })
  expect(gateway.exchanges).toEqual([])
  await chat(body, { 'x-pointsman-conversation': 'c-kept', 'x-pointsman-user': 'ada' })
  const whole = lastRecord()
  await post('/v1/messages', { ...body, max_tokens: 9 })
  expect(gateway.exchanges.splice(0)).toMatchObject([
    {
      ...{ requestId: whole?.requestId, conversationId: 'c-kept', userId: 'ada', useCase: 'clinical' },
      ...{ modelId: sonnet, prompt: '[user]\nHello', answer: expect.any(String) as string },
    },
    { prompt: '[user]\nHello', conversationId: null },
  ])
  await keep(false)
  await chat()
  expect(gateway.exchanges).toEqual([])
})

test('health needs no key, and everything else goes to the control plane', async () => {
  expect(await (await fetch(`${gateway.url}/healthz`)).json()).toEqual({ status: 'ok' })
  expect(await (await fetch(`${gateway.url}/readyz`)).json()).toMatchObject({ status: 'ready', epoch: 1 })
  expect(await (await fetch(`${gateway.url}/api/v1/models`)).text()).toBe('the control plane')
})
