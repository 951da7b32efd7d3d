import { switchId } from '@pointsman/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serviceKey, startGateway, type RunningGateway } from './testing/running-gateway.ts'

let gateway: RunningGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

const body = { model: 'use-case/clinical', messages: [{ role: 'user', content: 'Hello' }] }
const ask = (path: string, value: object, headers: Record<string, string> = {}, signal?: AbortSignal) =>
  fetch(gateway.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${serviceKey}`, ...headers },
    body: JSON.stringify(value),
    ...(signal === undefined ? {} : { signal }),
  })
async function post(path: string, value: object, headers: Record<string, string> = {}): Promise<Response> {
  const answer = await ask(path, value, headers)
  await answer.arrayBuffer()
  return answer
}
const chat = (value: object, headers: Record<string, string>) => post('/v1/chat/completions', value, headers)
const lastRecord = () => gateway.records.at(-1)

/** An agent of this name, moved by this switch; conversations are not pinned to it. */
const useAgent = (name: string): Promise<void> =>
  gateway.publish((entries) => ({
    ...entries,
    routes: entries.routes.flatMap((route) =>
      route.name === 'health'
        ? [route, { ...route, kind: 'agent' as const, name, switchId: switchId('sw-1') }]
        : [route],
    ),
  }))

test('a conversation that left ahead of its answer is told of its switch by the next one', async () => {
  await useAgent('nurse')
  const asked = { ...body, model: 'agent/nurse' }
  const headers = { 'x-pointsman-conversation': 'c-left' }
  gateway.simulator.script({ effect: { stall: true } })
  const before = gateway.intents.length
  const leaving = new AbortController()
  const left = ask('/v1/chat/completions', asked, headers, leaving.signal)
  await expect.poll(() => gateway.intents.length).toBe(before + 1)
  leaving.abort()
  await expect(left).rejects.toThrow()
  gateway.simulator.clear()
  const told = async () => (await chat(asked, headers)).headers.get('x-pointsman-switch')
  expect([await told(), await told()]).toEqual(['sw-1', null])
})

test('names of agents and use cases that decide nothing are recorded where they are registered', async () => {
  await useAgent('porter')
  const named = async (agent: string, useCase: string, model: string) => {
    await chat({ ...body, model }, { 'x-pointsman-agent': agent, 'x-pointsman-use-case': useCase })
    return [lastRecord()?.agent, lastRecord()?.useCase]
  }
  expect(await named('made-up-1', 'made-up-2', 'use-case/clinical')).toEqual([null, 'clinical'])
  expect(await named('porter', 'made-up-3', 'use-case/clinical')).toEqual(['porter', 'clinical'])
  expect(await named('made-up-4', 'operations', 'agent/porter')).toEqual(['porter', 'operations'])
  expect(await named('made-up-5', 'made-up-6', 'agent/porter')).toEqual(['porter', null])
})

test('a name that is longer than any model’s is cut in the record', async () => {
  const [name, inPath] = ['x'.repeat(500_000), 'x'.repeat(5_000)]
  const contents = [{ parts: [{ text: 'x' }] }]
  const asked: readonly (readonly [string, object, number])[] = [
    ['/v1/chat/completions', { ...body, model: name }, 404],
    ['/v1/embeddings', { model: name, input: 'x' }, 404],
    ['/v1/responses', { model: name, input: 'x' }, 404],
    ['/v1/messages', { ...body, max_tokens: 5, model: name }, 404],
    [`/model/${inPath}/converse`, { messages: [] }, 404],
    [`/v1beta/models/${inPath}:generateContent`, { contents }, 404],
    [`/v1beta/models/${inPath}:generateContent`, {}, 400],
  ]
  for (const [path, value, status] of asked) {
    expect((await post(path, value)).status).toBe(status)
    expect(lastRecord()?.requested).toBe(`${'x'.repeat(2_048)}…`)
    expect(JSON.stringify(lastRecord()).length).toBeLessThan(5_000)
  }
})
