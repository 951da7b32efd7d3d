import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  anyDatabase,
  openTestDatabase,
  serviceKey,
  startControl,
  type TestControl,
} from '../testing/start-control.ts'

const orchestrate = '/functions/v1/orchestrate-bedrock-models'
const pro = 'eu.amazon.nova-pro-v1:0'

let at: TestControl
const ends: (() => Promise<void>)[] = []
beforeAll(async () => {
  const opened = await openTestDatabase(anyDatabase)
  at = await startControl(opened.database, { maxBodyBytes: 2_000 })
  ends.push(() => at.stop(), opened.drop)
})
afterAll(async () => {
  for (const end of ends) await end()
})

test('browsers are answered: the preflight needs no key, every answer carries the header', async () => {
  const preflight = await at.ask(orchestrate, { method: 'OPTIONS', key: null })
  expect(preflight.status).toBe(204)
  expect(preflight.headers.get('access-control-allow-origin')).toBe('*')
  expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization')
  for (const key of [undefined, null]) {
    const answer = await at.orchestrate({ action: 'list-all' }, key)
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
  }
})

test('a model to leave out that nobody knows is 404, the nearest suggested', async () => {
  const { status, body } = await at.orchestrate({
    ...{ action: 'auto-switch', useCase: 'health', dryRun: true },
    exclude: [pro, 'eu.amazon.nova-pro-v1:1'],
  })
  expect([status, body.error.code, body.error.field]).toEqual([404, 'model_not_found', 'exclude'])
  expect(body.error.suggestions).toContain(pro)
})

test.each(['/api/v1/switches', orchestrate])(
  'a body that is nested too deep at %s is told as that',
  async (path) => {
    const nested = (levels: number) =>
      `{"action":"switch","x":"[[[","y":${'['.repeat(levels)}${']'.repeat(levels)}}`
    for (const levels of [200, 900]) {
      const { status, body } = await at.ask(path, { method: 'POST', body: nested(levels) })
      expect([status, body.error.code]).toEqual([400, 'invalid_request'])
      expect(body.error.message).toMatch(/nested deeper than 200 levels/)
    }
    const { body } = await at.ask(path, { method: 'POST', body: nested(199) })
    expect(body.error.message).not.toMatch(/nested/)
  },
)

test.each([
  ['not JSON', '{"action":', 'invalid_json', undefined],
  ['not UTF-8', undefined, 'invalid_json', undefined],
  ['no body', '', 'invalid_request', 'action'],
  ['a list', '[]', 'invalid_request', undefined],
  ['null', 'null', 'invalid_request', undefined],
  ['an action that is no text', { action: 7 }, 'invalid_request', 'action'],
  ['an unknown action', { action: 'swich', modelId: pro }, 'unknown_action', 'action'],
  ['an action named like a member of every object', { action: 'constructor' }, 'unknown_action', 'action'],
  ['a missing model', { action: 'switch' }, 'invalid_request', 'modelId'],
  ['a model that is no text', { action: 'switch', model_id: 5 }, 'invalid_request', 'model_id'],
  ['an unknown member', { action: 'switch', modelId: pro, dryrun: true }, 'invalid_request', 'dryrun'],
  ['a wrong choice', { action: 'switch', modelId: pro, applyTo: 'some' }, 'invalid_request', 'applyTo'],
  [
    'two spellings that differ',
    { action: 'switch', modelId: pro, model_id: 'x' },
    'invalid_request',
    'model_id',
  ],
  [
    'a member named __proto__',
    '{"action":"switch","modelId":"x","__proto__":{"dryRun":true}}',
    'invalid_request',
    '__proto__',
  ],
])('%s is told as what it is, with the field', async (_name, body, code, field) => {
  const answer =
    body === undefined
      ? await at.control.app
          .fetch(
            new Request(`http://127.0.0.1${orchestrate}`, {
              method: 'POST',
              headers: { authorization: 'Bearer the-service-key-of-these-tests' },
              body: Uint8Array.of(0x7b, 0xff, 0x7d),
            }),
          )
          .then(async (response) => ({ status: response.status, body: await response.json() }))
      : await at.ask(orchestrate, { method: 'POST', body })
  expect(answer.status).toBe(400)
  expect(answer.body).toMatchObject({ success: false, error: { code } })
  expect((answer.body as { error: { field?: string } }).error.field).toBe(field)
})

test('a body over the limit is refused before it is read whole', async () => {
  let pulled = 0
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      pulled += 1
      controller.enqueue(new Uint8Array(1_000).fill(0x20))
    },
  })
  const init = {
    method: 'POST',
    headers: { authorization: 'Bearer the-service-key-of-these-tests' },
    body: endless,
    duplex: 'half',
  }
  const response = await at.control.app.fetch(
    new Request(`http://127.0.0.1${orchestrate}`, init as RequestInit),
  )
  expect(response.status).toBe(413)
  expect(await response.json()).toMatchObject({ error: { code: 'body_too_large' } })
  expect(pulled).toBeLessThan(10)
})

test.each(['/api/v1/switches', '/functions/v1/orchestrate-bedrock-models'])(
  'a packed body is refused unread: %s',
  async (path) => {
    const response = await at.control.app.fetch(
      new Request(`http://127.0.0.1:7070${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${serviceKey}`, 'content-encoding': 'gzip' },
        body: gzipSync('{"action":"list-all"}'),
      }),
    )
    expect(response.status).toBe(415)
    expect(await response.json()).toMatchObject({ error: { code: 'unsupported_encoding' } })
  },
)

test('an unknown model, use case or agent is 404 in the seeds’ words, with the nearest names, and on record', async () => {
  const unknown = await at.orchestrate({ action: 'switch', modelId: 'eu.amazon.nova-lit-v1:0' })
  expect(unknown.status).toBe(404)
  expect(unknown.body.error).toMatchObject({
    code: 'model_not_found',
    suggestions: expect.arrayContaining(['eu.amazon.nova-lite-v1:0']) as string[],
  })
  expect(unknown.body.error.message).toMatch(/^Model not found: eu\.amazon\.nova-lit-v1:0/)
  const [recorded] = (await at.ask('/api/v1/switches?includeRefused=true&limit=1')).body.data
  expect(recorded).toMatchObject({
    state: 'refused',
    refusal: { code: 'model_not_found' },
    evidence: { asked: 'eu.amazon.nova-lit-v1:0' },
  })
  for (const [body, field, near] of [
    [{ action: 'switch', modelId: pro, useCase: 'clinicl' }, 'useCase', 'clinical'],
    [{ action: 'auto-switch', use_case: 'helth' }, 'use_case', 'health'],
    [{ action: 'get-for-use-case', useCase: 'clinica' }, 'useCase', 'clinical'],
    [{ action: 'switch', modelId: pro, role: 'pacient' }, 'role', 'patient'],
  ] as const) {
    const answer = await at.orchestrate(body)
    expect(answer.status).toBe(404)
    expect(answer.body.error).toMatchObject({
      code: 'route_not_found',
      field,
      suggestions: expect.arrayContaining([near]) as string[],
    })
  }
  expect((await at.orchestrate({ action: 'switch', modelId: pro, agent: 'nobody' })).status).toBe(404)
  for (const action of ['enable', 'disable', 'set-default']) {
    const answer = await at.manage({ action, model_id: 'nope' })
    expect([answer.status, answer.body.error.message.slice(0, 21)]).toEqual([404, 'Model not found: nope'])
  }
})

test('no key and a wrong key are 401 in the same words for every way to send one', async () => {
  for (const key of [null, 'wrong', 'the-service-key-of-these-test']) {
    const answer = await at.orchestrate({ action: 'list-all' }, key)
    expect(answer.status).toBe(401)
    expect(answer.body).toMatchObject({
      success: false,
      error: { code: key === null ? 'missing_key' : 'invalid_key' },
    })
  }
  for (const header of ['x-api-key', 'api-key', 'x-goog-api-key']) {
    const good = await at.ask(orchestrate, {
      body: { action: 'list-all' },
      key: null,
      headers: { [header]: 'the-service-key-of-these-tests' },
    })
    const bad = await at.ask(orchestrate, {
      body: { action: 'list-all' },
      key: null,
      headers: { [header]: 'another' },
    })
    expect([good.status, bad.status]).toEqual([200, 401])
  }
})

test('another method and another function are told, behind the key', async () => {
  const wrong = await at.ask(orchestrate)
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST, OPTIONS'])
  expect((await at.ask('/functions/v1/bedrock-models')).status).toBe(404)
  expect((await at.ask('/functions/v1/bedrock-models', { key: null })).status).toBe(401)
})
