import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { serviceKey, startGateway, type RunningGateway } from './testing/running-gateway.ts'

/** `streamGenerateContent` as a plain client asks for it: without `alt=sse` the answer is one JSON array. */

let gateway: RunningGateway
beforeAll(async () => {
  gateway = await startGateway({ simulates: ['bedrock', 'google'] })
})
afterEach(() => {
  gateway.simulator.clear()
  expect(gateway.failures.splice(0)).toEqual([])
})
afterAll(() => gateway.close())

const models = { gemini: 'gemini-2.5-flash', bedrock: 'eu.amazon.nova-pro-v1:0' }
type Chunk = Record<string, unknown>

async function ask(model: string, query: string, body: unknown = hello) {
  const response = await fetch(`${gateway.url}/v1beta/models/${model}:streamGenerateContent${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-goog-api-key': serviceKey },
    body: JSON.stringify(body),
  })
  const { headers, status } = response
  const length = headers.get('content-length')
  const bytes = new Uint8Array(await response.arrayBuffer())
  if (length !== null) expect(bytes.byteLength).toBe(Number(length))
  return { status, type: headers.get('content-type'), text: new TextDecoder().decode(bytes) }
}

const hello = { contents: [{ role: 'user', parts: [{ text: 'Grüße, bitte' }] }] }
const chunksOf = (text: string): Chunk[] => JSON.parse(text) as Chunk[]
const eventsOf = (text: string): string[] =>
  text
    .split(/\r?\n\r?\n/)
    .filter((event) => event.startsWith('data: '))
    .map((event) => event.slice('data: '.length))
const lastOf = (chunks: readonly Chunk[]) => chunks.at(-1)
const steady = (text: string): string => text.replaceAll(/"responseId":"[^"]*"/g, '"responseId":"…"')

describe.each(Object.entries(models))('a model of %s', (vendor, model) => {
  test.each(['', '?alt=json', '?$alt=json'])('answers an array to "%s"', async (query) => {
    const answer = await ask(model, query)
    expect(answer).toMatchObject({ status: 200, type: 'application/json; charset=UTF-8' })
    expect(answer.text).toMatch(/^\[\{[^]*\},\n\{[^]*\}\n\]$/)
    const chunks = chunksOf(answer.text)
    expect(chunks.length).toBeGreaterThan(2)
    expect(lastOf(chunks)).toMatchObject({ candidates: [{ finishReason: 'STOP' }] })
  })

  test('answers events to alt=sse, of the same chunks', async () => {
    const events = await ask(model, '?alt=sse')
    expect(events.type).toBe('text/event-stream')
    const array = await ask(model, '')
    expect(steady(array.text)).toBe(steady(`[${eventsOf(events.text).join(',\n')}\n]`))
  })

  test('ends the array with the error that broke the answer', async () => {
    const name = vendor === 'gemini' ? 'UNAVAILABLE' : 'modelStreamErrorException'
    gateway.simulator.script({ effect: { exceptionAfterChunks: { n: 3, name } } })
    const { status, text } = await ask(model, '')
    const chunks = chunksOf(text)
    expect(status).toBe(200)
    expect(chunks.length).toBeGreaterThan(1)
    expect(lastOf(chunks)).toMatchObject({ error: { message: expect.any(String) as string } })
    expect(text).not.toContain('finishReason')
  })

  test('ends it so where the connection broke, too', async () => {
    gateway.simulator.script({ effect: { cutAfterChunks: 3 } })
    expect(lastOf(chunksOf((await ask(model, '')).text))).toHaveProperty('error')
  })
})

test('a refusal is an array of one error, with the status that it names', async () => {
  const answer = await ask('gemini-none', '')
  expect(answer).toMatchObject({ status: 404, type: 'application/json; charset=UTF-8' })
  expect(chunksOf(answer.text)).toMatchObject([{ error: { code: 404, status: 'NOT_FOUND' } }])
  expect((await ask('gemini-none', '?alt=sse')).text).toMatch(/^\{"error"/)
})

test('a form that is not known is refused by its name', async () => {
  const answer = await ask(models.gemini, '?alt=proto')
  expect(answer.status).toBe(400)
  expect(answer.text).toContain('alt=proto')
  expect(answer.text).toContain('"field":"alt"')
})
