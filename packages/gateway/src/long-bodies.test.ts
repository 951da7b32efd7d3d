import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { PlainExchange } from './plain-http/plain-exchange.ts'
import { serviceKey, startGateway, type RunningGateway } from './testing/running-gateway.ts'

let gateway: RunningGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterEach(() => void vi.restoreAllMocks())
afterAll(() => gateway.close())

const freeing = () => vi.spyOn(PlainExchange.prototype, 'freeBody')

function ask(stream: boolean, model = 'use-case/clinical'): Promise<Response> {
  const messages = [{ role: 'user', content: 'Hello '.repeat(20_000) }]
  return fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${serviceKey}` },
    body: JSON.stringify({ model, messages, stream }),
  })
}

test('the memory of a long body is free once its answer is whole', async () => {
  const freed = freeing()
  expect((await ask(false)).status).toBe(200)
  await expect.poll(() => freed.mock.calls.map(([body]) => body.byteLength)).toEqual([0])
  expect(gateway.records.at(-1)?.outcome).toBe('ok')
})

test('that of a stream is left alone: it let go of its body when it began, perhaps before all of it was sent', async () => {
  const freed = freeing()
  expect(await (await ask(true)).text()).toContain('[DONE]')
  await expect.poll(() => gateway.records.length).toBe(2)
  expect(gateway.records.at(-1)?.outcome).toBe('ok')
  expect(freed).not.toHaveBeenCalled()
})

test('that of a request that was refused is free, too', async () => {
  const freed = freeing()
  expect((await ask(false, 'no.such-model')).status).toBe(404)
  await expect.poll(() => freed.mock.calls.map(([body]) => body.byteLength)).toEqual([0])
})

test('a text that is kept is read before its memory is free', async () => {
  await gateway.publish((entries) => ({
    ...entries,
    routes: entries.routes.map((route) => ({ ...route, capture: true })),
  }))
  for (const stream of [false, true]) {
    const freed = freeing()
    expect((await (await ask(stream)).text()).length).toBeGreaterThan(100)
    await expect.poll(() => freed.mock.calls.map(([body]) => body.byteLength)).toEqual([0])
    expect(gateway.exchanges.at(-1)?.prompt).toContain('Hello Hello Hello')
    vi.restoreAllMocks()
  }
  expect(gateway.exchanges).toHaveLength(2)
})
