// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { german } from '../messages/german.ts'
import { showModelSwitchNotification } from '../notices/show-model-switch-notification.ts'
import { connectModelSwitchNotifications } from './connect-model-switch-notifications.ts'
import type {
  ConnectionState,
  NotificationConnection,
  NotificationConnectionOptions,
} from './notification-connection.ts'

interface Call {
  readonly url: URL
  readonly method: string
  readonly headers: Headers
  readonly init: RequestInit
}
type Stream = ReadableStreamDefaultController<Uint8Array>

/** A server at the other end of `fetch`: what it was asked, and streams that the test writes. */
function openServer() {
  const calls: Call[] = []
  const streams: Stream[] = []
  /** Answers in the place of the next streams. */
  const refusals: (() => Response | Promise<Response>)[] = []
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const call = { url: new URL(url), method: init.method ?? 'GET', headers: new Headers(init.headers), init }
    calls.push(call)
    if (call.method === 'POST') return Response.json({})
    const refusal = refusals.shift()
    if (refusal !== undefined) return refusal()
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        streams.push(controller)
        init.signal?.addEventListener('abort', () => controller.error(new Error('aborted')))
      },
    })
    return new Response(body, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } })
  }
  const send = (text: string): void => streams.at(-1)?.enqueue(new TextEncoder().encode(text))
  const asked = (method: string): readonly Call[] => calls.filter((call) => call.method === method)
  return {
    ...{ calls, streams, refusals, fetch, send },
    end: (): void => streams.at(-1)?.close(),
    refuse: (status: number, body: object, headers = {}) =>
      refusals.push(() => Response.json(body, { status, headers })),
    opened: () => asked('GET'),
    confirmed: () => asked('POST').map(({ url }) => url.pathname),
    tell: (id: string, sequence: number, more: object = {}): void =>
      send(`id: ${sequence}\nevent: notification\ndata: ${JSON.stringify({ ...notice, id, ...more })}\n\n`),
  }
}

const notice = {
  ...{ id: 's-1', switchId: 's-1', at: '2026-11-26T09:00:00Z', scopeText: 'use-case/clinical' },
  ...{ title: 'Switching AI Model', message: 'Replaced Nova Pro with Sonnet (Second opinion)...' },
  ...{ type: 'manual', modelName: 'Sonnet', modelId: 'eu.anthropic.sonnet', provider: 'anthropic' },
  ...{ from: 'Nova Pro', reason: 'Second opinion', userId: null, conversationId: null, shown: false },
}
function mistaken(): string {
  throw new Error('of the app')
}
const unauthorized = { error: { code: 'unauthorized', message: 'The token has ended.' } }

let server: ReturnType<typeof openServer>
let states: ConnectionState[]
let problems: string[]
let open: NotificationConnection[]
beforeEach(() => {
  vi.useFakeTimers()
  server = openServer()
  ;[states, problems, open] = [[], [], []]
})
afterEach(async () => {
  for (const connection of open) connection.close()
  await pass(0)
  document.body.replaceChildren()
  vi.useRealTimers()
})

function connect(options: Partial<NotificationConnectionOptions> = {}): NotificationConnection {
  const connection = connectModelSwitchNotifications({
    ...{ url: 'https://models.example.org', token: 'a-token', fetch: server.fetch },
    onState: (state) => states.push(state),
    onProblem: (problem) => problems.push(problem),
    ...options,
  })
  open.push(connection)
  return connection
}
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)
const texts = (selector: string): readonly string[] =>
  [...(document.querySelector('pointsman-notices')?.shadowRoot?.querySelectorAll(selector) ?? [])].map(
    ({ textContent }) => textContent,
  )
const kinds = () => states.map(({ kind }) => kind)

describe('what the server announces', () => {
  test('is shown, and confirmed once it was seen', async () => {
    connect({ conversationId: 'conv 1' })
    await pass(0)
    server.tell('s-1', 7)
    await pass(10)
    expect(texts('.title')).toEqual(['Switching AI Model'])
    expect(texts('.name')).toEqual(['Sonnet'])
    expect(texts('.provider')).toEqual(['Anthropic'])
    expect(texts('.message')).toEqual(['Replaced Nova Pro with Sonnet (Second opinion)...'])
    expect(server.confirmed()).toEqual(['/api/v1/notifications/s-1/shown'])
    expect(kinds()).toEqual(['connecting', 'open'])
  })

  test('is asked for with the token in a header and nowhere else, without cookies, caches, redirects and referrer', async () => {
    connect({ url: 'https://example.org/models/?x=1#y', userId: 'ada' })
    await pass(0)
    const [call] = server.opened()
    expect(call?.url.href).toBe('https://example.org/models/api/v1/notifications/stream?userId=ada')
    expect(call?.headers.get('authorization')).toBe('Bearer a-token')
    expect(call?.init).toMatchObject({
      ...{ credentials: 'omit', cache: 'no-store', redirect: 'error', referrerPolicy: 'no-referrer' },
    })
  })

  test('is asked for with the page’s own cookie where there is no token', async () => {
    connect({ token: undefined })
    await pass(0)
    const [call] = server.opened()
    expect([call?.headers.get('authorization'), call?.init.credentials]).toEqual([null, 'same-origin'])
  })

  test('is shown once, however often it is told, also where the app showed it from its own answer', async () => {
    connect()
    await pass(0)
    showModelSwitchNotification({ modelName: 'Sonnet', modelId: 'x', type: 'manual', id: 's-2' })
    server.tell('s-1', 7)
    server.tell('s-1', 7)
    server.tell('s-2', 8)
    await pass(10)
    expect(texts('.notice')).toHaveLength(2)
    expect(server.confirmed()).toEqual(['/api/v1/notifications/s-1/shown'])
  })

  test('is worded in the language of the messages', async () => {
    connect({ messages: german })
    await pass(0)
    server.tell('s-1', 7)
    await pass(10)
    expect(texts('.title')).toEqual(['KI-Modell gewechselt'])
    expect(texts('.message')).toEqual(['Jetzt antwortet Sonnet. Zuvor: Nova Pro. Grund: Second opinion'])
  })

  test('may be shown by the app itself; it is confirmed all the same', async () => {
    const taken: string[] = []
    connect({ onNotification: ({ id, modelName }) => taken.push(`${id} ${modelName}`) === 0 })
    await pass(0)
    server.tell('s-1', 7)
    await pass(10)
    expect([taken, texts('.notice').length, server.confirmed().length]).toEqual([['s-1 Sonnet'], 0, 1])
  })

  test('a mistake of the app’s own callback is told as the page’s, and costs nothing', async () => {
    const told: unknown[] = []
    vi.stubGlobal('reportError', (error: unknown) => told.push(error))
    connect({
      onNotification: () => {
        throw new Error('of the app')
      },
    })
    await pass(0)
    server.tell('s-1', 7)
    server.tell('s-2', 8)
    await pass(10)
    expect([told.length, texts('.notice').length, kinds()]).toEqual([2, 2, ['connecting', 'open']])
    vi.unstubAllGlobals()
  })

  test.each<[string, Partial<NotificationConnectionOptions>]>([
    ['time', { displayDuration: 0 }],
    ['words', { messages: { ...german, notification: { ...german.notification, switched: mistaken } } }],
  ])(
    'a mistake in the app’s own %s for it is told as the page’s; it is shown with ours',
    async (_, options) => {
      const told: unknown[] = []
      vi.stubGlobal('reportError', (error: unknown) => told.push(error))
      connect(options)
      await pass(0)
      server.tell('s-1', 7)
      server.tell('s-2', 8)
      await pass(10)
      expect(texts('.title')).toEqual(['Switching AI Model', 'Switching AI Model'])
      expect([told.length, server.confirmed().length, kinds()]).toEqual([2, 2, ['connecting', 'open']])
      vi.unstubAllGlobals()
    },
  )

  test.each(['no JSON', '[]', 'null', '{}', '{"id":7,"modelId":"x"}', '{"id":"","modelId":"x"}'])(
    'what is no notice is left out and told: %s',
    async (data) => {
      connect()
      await pass(0)
      server.send(`event: notification\ndata: ${data}\n\n`)
      server.tell('s-1', 7)
      await pass(10)
      expect([texts('.notice').length, problems.length, kinds().at(-1)]).toEqual([1, 1, 'open'])
    },
  )
})

describe('a connection that is lost', () => {
  test('is made anew and goes on where it was', async () => {
    const connection = connect()
    await pass(0)
    server.send('id: 5\n\n')
    await pass(0)
    expect(connection.lastEventId).toBe('5')
    server.tell('s-1', 7)
    await pass(0)
    server.end()
    await pass(0)
    expect(kinds()).toEqual(['connecting', 'open', 'waiting'])
    await pass(1_000)
    expect(server.opened().map(({ headers }) => headers.get('last-event-id'))).toEqual([null, '7'])
    server.tell('s-1', 7)
    server.tell('s-2', 8)
    await pass(10)
    expect(texts('.notice')).toHaveLength(2)
  })

  test('goes on from where an earlier page was', async () => {
    connect({ lastEventId: '41' })
    await pass(0)
    expect(server.opened()[0]?.headers.get('last-event-id')).toBe('41')
  })

  test('is tried ever more rarely while the server is away, up to half a minute, without an end', async () => {
    // More than the shortest waits leave room for.
    for (let tries = 0; tries < 30; tries++) server.refusals.push(() => Promise.reject(new TypeError('away')))
    connect()
    await pass(200_000)
    const waits = states.flatMap((state) => (state.kind === 'waiting' ? [state.forMs] : []))
    expect(waits.length).toBeGreaterThan(7)
    for (const [index, forMs] of waits.entries()) {
      const ceilingMs = Math.min(30_000, 1_000 * 2 ** index)
      expect(forMs).toBeGreaterThanOrEqual(ceilingMs / 2)
      expect(forMs).toBeLessThanOrEqual(ceilingMs)
    }
  })

  test('is tried at once when the network is back', async () => {
    for (let tries = 0; tries < 6; tries++) server.refusals.push(() => Promise.reject(new TypeError('away')))
    connect()
    await pass(32_000)
    const before = server.opened().length
    globalThis.dispatchEvent(new Event('online'))
    await pass(0)
    expect(server.opened()).toHaveLength(before + 1)
  })

  test.each([429, 500, 503])('waits as long as the server asks: %d', async (status) => {
    server.refuse(status, { error: { message: 'Too many.' } }, { 'retry-after': '7' })
    connect()
    await pass(0)
    expect(states.at(-1)).toMatchObject({ kind: 'waiting', problem: 'Too many.' })
    await pass(6_900)
    expect(server.opened()).toHaveLength(1)
    await pass(1_200)
    expect(server.opened()).toHaveLength(2)
  })

  test('is told in words where a proxy answers in the server’s place, and tried again', async () => {
    server.refusals.push(() => new Response('<html><h1>502 Bad Gateway</h1></html>', { status: 502 }))
    connect()
    await pass(0)
    const problem = 'A proxy answered 502 in the server’s place: it does not reach the server behind it.'
    expect(states.at(-1)).toMatchObject({ kind: 'waiting', problem })
    await pass(2_000)
    expect(server.opened()).toHaveLength(2)
  })

  test('is taken for lost after a silence of 45 s: a page that slept has a dead one', async () => {
    connect()
    await pass(0)
    await pass(44_000)
    server.send(': alive\n\n')
    await pass(44_000)
    expect(server.opened()).toHaveLength(1)
    await pass(3_000)
    expect(server.opened()).toHaveLength(2)
  })

  test('is made anew also where the silent one cannot be ended', async () => {
    const cancel = () => Promise.reject(new Error('the socket is gone'))
    const headers = { 'content-type': 'text/event-stream' }
    server.refusals.push(() => new Response(new ReadableStream({ cancel }), { headers }))
    connect()
    await pass(47_000)
    expect(server.opened()).toHaveLength(2)
  })

  test('an answer that is no stream of events is told and tried again', async () => {
    server.refusals.push(() => new Response('<html>', { headers: { 'content-type': 'text/html' } }))
    connect()
    await pass(0)
    expect(states.at(-1)).toMatchObject({
      kind: 'waiting',
      problem: expect.stringMatching(/text\/html/) as string,
    })
  })
})

function freshTokens(): () => string {
  let serial = 0
  return () => `token-${++serial}`
}

const refusedTokens: readonly (readonly [string, () => string | (() => string), number])[] = [
  ['a text', () => 'a-token', 1],
  ['the same from the app again', () => () => 'the-same', 1],
  ['a fresh one each time, three times', freshTokens, 3],
]

describe('a token that ends', () => {
  test('is replaced by a fresh one, whether the stream ends with it or the next connection is refused', async () => {
    connect({ token: freshTokens() })
    await pass(0)
    server.send('event: end\ndata: {"reason":"access_ended"}\n\n')
    server.end()
    server.refuse(401, unauthorized)
    await pass(5_000)
    expect(server.opened().map(({ headers }) => headers.get('authorization'))).toEqual([
      'Bearer token-1',
      'Bearer token-2',
      'Bearer token-3',
    ])
    expect(kinds().at(-1)).toBe('open')
  })

  test('is not over where a fresh one was never refused: the network was away when it was tried', async () => {
    server.refuse(401, unauthorized)
    server.refusals.push(() => Promise.reject(new TypeError('away')))
    let tries = 0
    connect({ token: () => (++tries === 1 ? 'ended' : 'fresh') })
    await pass(10_000)
    expect(kinds().at(-1)).toBe('open')
    expect(server.opened()).toHaveLength(3)
  })

  test.each(refusedTokens)('ends the connection where it is %s', async (_, tokenOf, tries) => {
    for (let left = 0; left < 9; left++) server.refuse(401, unauthorized)
    const { closed } = connect({ token: tokenOf() })
    await pass(20_000)
    await expect(closed).resolves.toEqual({
      ...{ reason: 'refused', statusCode: 401, message: 'The token has ended.' },
    })
    expect(server.opened()).toHaveLength(tries)
    expect(kinds().at(-1)).toBe('closed')
  })

  test('a callback that fails is asked again', async () => {
    let tries = 0
    connect({ token: () => (++tries === 1 ? Promise.reject(new Error('offline')) : 'a-token') })
    await pass(2_000)
    expect(states).toContainEqual(expect.objectContaining({ kind: 'waiting', problem: 'offline' }))
    expect(kinds().at(-1)).toBe('open')
  })
})

describe('it is over', () => {
  test.each([400, 403, 404])('where the server says no for good: %d', async (status) => {
    server.refuse(status, { error: { message: 'Conversation not found: x' } })
    const { closed } = connect()
    await pass(60_000)
    await expect(closed).resolves.toEqual({
      ...{ reason: 'refused', statusCode: status, message: 'Conversation not found: x' },
    })
    expect(server.opened()).toHaveLength(1)
  })

  test('when it is closed, by its handle or by a signal, also while it waits', async () => {
    const stop = new AbortController()
    server.refusals.push(() => Promise.reject(new TypeError('away')))
    const waiting = connect({ signal: stop.signal })
    await pass(0)
    const following = connect()
    await pass(0)
    stop.abort()
    following.close()
    await expect(waiting.closed).resolves.toEqual({ reason: 'closed' })
    await expect(following.closed).resolves.toEqual({ reason: 'closed' })
    const before = server.calls.length
    await pass(100_000)
    expect(server.calls).toHaveLength(before)
  })

  test('before it began, where the signal was given already', async () => {
    await expect(connect({ signal: AbortSignal.abort() }).closed).resolves.toEqual({ reason: 'closed' })
    expect(server.calls).toEqual([])
  })

  test.each(['javascript:alert(1)', 'ftp://example.org', 'http://'])(
    'before it began, where %j is no address',
    (url) => {
      expect(() => connect({ url })).toThrow(/should look like https:/)
    },
  )
})

describe('what could not be confirmed', () => {
  test.each([
    ['the server is away', () => Promise.reject(new TypeError('away')), 3, 'away'],
    ['the token has ended', () => Promise.resolve(Response.json(unauthorized, { status: 401 })), 3, 'ended'],
    ['it is not the user’s', () => Promise.resolve(Response.json({}, { status: 404 })), 1, '404'],
  ] as const)('is tried as often as it helps, then told: %s', async (_, answer, tries, problem) => {
    let posts = 0
    const { fetch } = server
    connect({ fetch: (url, init) => (init.method === 'POST' && ++posts > 0 ? answer() : fetch(url, init)) })
    await pass(0)
    server.tell('s-1', 7)
    await pass(10_000)
    expect(posts).toBe(tries)
    expect(problems).toEqual([expect.stringMatching(`^A notice was shown.*${problem}`)])
    expect(kinds().at(-1)).toBe('open')
  })
})
