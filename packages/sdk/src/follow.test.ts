import type { ServerResponse } from 'node:http'
import { afterEach, expect, test, vi } from 'vitest'
import { createClient, type Client } from './client.ts'
import { answerJson, startHttpServer, type TestServer } from './testing/http-server.ts'

const event = (id: number): string =>
  `id: ${id}\nevent: alarm\ndata: ${JSON.stringify({ kind: 'alarm', state: 'raised', number: id })}\n\n`
const fast = { reconnectAfterMs: 1 }

type Connection = (response: ServerResponse) => void
const open = (response: ServerResponse): ServerResponse =>
  response.writeHead(200, { 'content-type': 'text/event-stream' })

let server: TestServer
afterEach(() => server.close())
/** A server that answers each connection as the next one of these says; the last one answers all that follow. */
async function following(connections: readonly Connection[]): Promise<Client> {
  server = await startHttpServer(({ target }, response) => {
    expect(target).toBe('/api/v1/events')
    const turn = Math.min(server.received.length, connections.length) - 1
    connections[turn]?.(response)
  })
  return createClient({ url: server.url, key: 'k' })
}
const lastIds = (): readonly unknown[] => server.received.map(({ headers }) => headers['last-event-id'])

test('a lost connection is made anew, and goes on after the last event that was seen', async () => {
  const client = await following([
    (response) => open(response).write(`: connected\n\n${event(1)}${event(2)}`, () => response.destroy()),
    (response) => answerJson(response, { error: { code: 'not_ready', message: 'm' } }, { status: 503 }),
    (response) => open(response).end(`event: end\ndata: {"reason":"shutting_down"}\n\n`),
    (response) => open(response).write(event(3)),
  ])
  const seen: (string | null)[] = []
  for await (const { eventId } of client.events.follow(fast)) {
    seen.push(eventId)
    if (eventId === '3') break
  }
  expect(seen).toEqual(['1', '2', '3'])
  expect(lastIds()).toEqual([undefined, '2', '2', '2'])
})

test('one that was lost before its first event goes on from where it began', async () => {
  const client = await following([
    (response) => open(response).write(`: connected\n\nid: 4\n\n`, () => response.destroy()),
    // An id whose event was cut off was not seen.
    (response) => open(response).write('id: 5\nevent: alarm\nda', () => response.destroy()),
    (response) => open(response).write(event(5)),
  ])
  const { value } = await client.events.follow(fast).next()
  expect(value).toMatchObject({ eventId: '5' })
  expect(lastIds()).toEqual([undefined, '4', '4'])
})

test('one that dies without a word is made anew after 45 s of silence; a heartbeat is a word', async () => {
  const bodies: ReadableStreamDefaultController<Uint8Array>[] = []
  let cancelled = 0
  const client = createClient({
    ...{ url: 'http://test', key: 'k' },
    fetch: async () =>
      new Response(
        new ReadableStream<Uint8Array>({
          start: (controller) => void bodies.push(controller),
          cancel: () => void cancelled++,
        }),
      ),
  })
  const send = (text: string): void => bodies.at(-1)?.enqueue(new TextEncoder().encode(text))
  vi.useFakeTimers()
  try {
    const states: string[] = []
    const next = client.events.follow({ ...fast, onConnection: (state) => states.push(state) }).next()
    await vi.advanceTimersByTimeAsync(44_000)
    send(': alive\n\n')
    await vi.advanceTimersByTimeAsync(44_000)
    expect([bodies.length, cancelled, states]).toEqual([1, 0, ['open']])
    await vi.advanceTimersByTimeAsync(2_000)
    expect([bodies.length, cancelled, states]).toEqual([2, 1, ['open', 'lost', 'open']])
    send(event(1))
    expect((await next).value).toMatchObject({ eventId: '1' })
  } finally {
    vi.useRealTimers()
  }
})

test('a connection that cannot be ended ends neither the process nor the caller’s loop', async () => {
  const bodies: ReadableStreamDefaultController<Uint8Array>[] = []
  const client = createClient({
    ...{ url: 'http://test', key: 'k' },
    fetch: async () =>
      new Response(
        new ReadableStream<Uint8Array>({
          start: (controller) => void bodies.push(controller),
          cancel: () => Promise.reject(new Error('the socket is gone')),
        }),
      ),
  })
  vi.useFakeTimers()
  try {
    const events = client.events.follow(fast)
    const next = events.next()
    await vi.advanceTimersByTimeAsync(46_000)
    bodies.at(-1)?.enqueue(new TextEncoder().encode(event(1)))
    expect((await next).value).toMatchObject({ eventId: '1' })
    expect(bodies).toHaveLength(2)
    await expect(events.return(undefined)).resolves.toMatchObject({ done: true })
  } finally {
    vi.useRealTimers()
  }
})

test('it begins where it is told to, and leaves when the caller leaves', async () => {
  const client = await following([(response) => open(response).write(event(8))])
  const leaving = new AbortController()
  const events = client.events.follow({ ...fast, lastEventId: '7', signal: leaving.signal })
  expect((await events.next()).value).toMatchObject({ kind: 'alarm', eventId: '8' })
  const next = events.next()
  leaving.abort(new Error('enough'))
  await expect(next).rejects.toThrow('enough')
  expect(lastIds()).toEqual(['7'])
})

test('a first connection that fails is told, and so is a refusal later', async () => {
  const refuse = (response: ServerResponse): void =>
    answerJson(response, { error: { code: 'invalid_key', message: 'no' } }, { status: 401 })
  const refused = await following([refuse])
  await expect(refused.events.follow(fast).next()).rejects.toMatchObject({ statusCode: 401 })
  await server.close()
  const revoked = await following([(response) => open(response).end(event(1)), refuse])
  const events = revoked.events.follow(fast)
  expect((await events.next()).value).toMatchObject({ eventId: '1' })
  await expect(events.next()).rejects.toMatchObject({ statusCode: 401, code: 'invalid_key' })
})
