import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { serviceKey, startGateway, type RunningGateway } from './testing/running-gateway.ts'

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
const lastRecord = () => gateway.records.at(-1)

describe('what goes wrong upstream', () => {
  const exactly = (id: string) => ({ match: { model: id } })

  test.each([
    ['ThrottlingException'],
    ['ServiceUnavailableException'],
    ['InternalServerException'],
    ['ModelTimeoutException'],
    ['ModelErrorException'],
    ['ResourceNotFoundException'],
    ['AccessDeniedException'],
  ])('%s moves on to the fallback', async (name) => {
    gateway.simulator.script({ ...exactly(sonnet), effect: { error: { name } } })
    const answer = await chat()
    expect(answer.status).toBe(200)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'x-pointsman-model': haiku,
      'x-pointsman-reason': 'fallback',
      'x-pointsman-attempts': '2',
    })
    expect(lastRecord()?.attempts.map((attempt) => attempt.error?.vendorName ?? null)).toEqual([name, null])
  })

  test('what the vendor says of the request itself is passed on, with no second try', async () => {
    gateway.simulator.script({
      ...exactly(sonnet),
      effect: { error: { name: 'ValidationException', message: 'The text field is blank.' } },
    })
    const answer = await chat()
    expect(answer.status).toBe(400)
    expect(answer.json.error?.['message']).toContain('The text field is blank.')
    expect(lastRecord()?.attempts).toHaveLength(1)
  })

  test('a refused credential is 502, never 401, and the operator is told', async () => {
    gateway.simulator.script({ effect: { error: { name: 'UnrecognizedClientException' } } })
    const answer = await chat()
    expect([answer.status, answer.json.error?.['code']]).toEqual([502, 'provider_auth'])
    expect(gateway.refusedKeys).toMatchObject([{ level: 'error', provider: 'bedrock' }])
  })

  test('without credentials a chat is 503 and names the variable', async () => {
    gateway.state.credentials = { ready: false, missing: 'set AWS_BEARER_TOKEN_BEDROCK' }
    const answer = await chat()
    expect(answer.status).toBe(503)
    expect(String(answer.json.error?.['message'])).toContain('AWS_BEARER_TOKEN_BEDROCK')
  })

  test('no usable candidate is 503, each with the reason it was left out', async () => {
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }
    await gateway.publish((entries) => ({
      ...entries,
      routes: entries.routes.map((route) =>
        route.name === 'operations'
          ? { ...route, fallbacks: [], candidates: route.candidates.slice(0, 1) }
          : route,
      ),
    }))
    const answer = await chat({
      model: 'use-case/operations',
      messages: [{ role: 'user', content: [image] }],
    })
    expect([answer.status, answer.json.error?.['code']]).toEqual([503, 'no_candidate'])
    expect(String(answer.json.error?.['message'])).toMatch(/eu\.amazon\.nova-micro-v1:0.*image/)
    expect(lastRecord()).toMatchObject({ outcome: 'refused', plan: { excluded: [{ gate: 'capable' }] } })
  })

  test('a stream that dies after its first content ends with an error, never as if it were whole', async () => {
    gateway.simulator.script({ ...exactly(sonnet), effect: { cutAfterChunks: 3 } })
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${serviceKey}` },
      body: JSON.stringify({ ...body, stream: true }),
    })
    const text = await response.text()
    expect(response.status).toBe(200)
    expect(text).toContain('"error"')
    expect(text).not.toContain('[DONE]')
    expect(text).not.toContain('Haiku')
    expect(lastRecord()).toMatchObject({ outcome: 'partial', usageEstimated: true })
  })

  test('a full journal refuses new requests early; a stopping server sends them elsewhere', async () => {
    gateway.state.journal = 'full'
    expect(await chat()).toMatchObject({ status: 503, json: { error: { code: 'storage_full' } } })
    gateway.state.journal = 'open'
    gateway.state.stopping = true
    expect(await chat()).toMatchObject({ status: 503, json: { error: { code: 'shutting_down' } } })
  })
})
