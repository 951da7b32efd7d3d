import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Exchange } from './exchange.ts'
import { createFetchHandler, type FetchHandlerOptions } from './fetch-exchange.ts'

const text = new TextEncoder()
const answer = ({ client }: Exchange, words: string): void => {
  client.head(200, ['content-type', 'text/plain'])
  client.end(text.encode(words))
}

interface Started {
  readonly ask: (path?: string, init?: RequestInit) => Promise<Response>
  readonly failures: unknown[]
  readonly works: Promise<void>[]
}

function start(
  handle: (exchange: Exchange) => Promise<void>,
  options: Partial<FetchHandlerOptions> = {},
): Started {
  const failures: unknown[] = []
  const works: Promise<void>[] = []
  const handler = createFetchHandler({
    handle,
    nowUs: () => 0,
    onFailure: (failure) => void failures.push(failure),
    onWork: (work) => void works.push(work),
    ...options,
  })
  return {
    failures,
    works,
    ask: (path = '/', init = {}) => handler(new Request(`http://edge.example${path}`, init)),
  }
}

/** A body that comes piece by piece, for as long as there are pieces. */
const streamed = (pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): RequestInit => ({
  method: 'POST',
  body: ReadableStream.from(pieces),
  duplex: 'half',
})

test('stages see method, path, query, headers and body', async () => {
  const { ask } = start(async (exchange) => {
    const body = new TextDecoder().decode(await exchange.readBody(100))
    const { method, path, query, rawHeaders } = exchange
    answer(exchange, JSON.stringify([method, path, query, rawHeaders, exchange.header('x-two'), body]))
  })
  const response = await ask('/a%2Fb?c=d', {
    method: 'POST',
    headers: { 'X-Two': '1' },
    body: text.encode('é'),
  })
  expect(await response.json()).toEqual(['POST', '/a%2Fb', 'c=d', ['x-two', '1'], '1', 'é'])
  expect(response.headers.get('content-type')).toBe('text/plain')
})

test('what a platform puts before the path is taken away by whoever knows it', async () => {
  const { ask } = start(async (exchange) => answer(exchange, exchange.path), {
    pathOf: (pathname) => pathname.replace(/^\/stage/, ''),
  })
  expect(await (await ask('/stage/v1/models')).text()).toBe('/v1/models')
})

test('headers that come twice stay two, and statuses without a body have none', async () => {
  const { ask } = start(async ({ client, path }) => {
    client.head(path === '/none' ? 204 : 200, ['set-cookie', 'a=1', 'set-cookie', 'b=2'])
    client.end()
  })
  expect((await ask()).headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  const none = await ask('/none')
  expect([none.status, none.body]).toEqual([204, null])
})

test('bytes of a body are counted as they come, whatever its head says', async () => {
  const read: number[] = []
  const pieces = function* (): Generator<Uint8Array> {
    for (let piece = 0; piece < 1_000; piece += 1) {
      read.push(piece)
      yield new Uint8Array(100)
    }
  }
  const { ask, failures } = start(async (exchange) => {
    const { byteLength } = await exchange.readBody(250)
    return answer(exchange, String(byteLength))
  })
  expect((await ask('/', streamed(pieces()))).status).toBe(500)
  expect(failures).toMatchObject([{ code: 'body_too_large' }])
  expect(read.length).toBeLessThan(10)
  const declared = await ask('/', { method: 'POST', body: new Uint8Array(251) })
  expect(declared.status).toBe(500)
  expect(await (await ask('/', { method: 'POST', body: new Uint8Array(250) })).text()).toBe('250')
  expect(await (await ask('/', { method: 'POST' })).text()).toBe('0')
})

test('a body that breaks off or never ends is not taken for whole', async () => {
  const { ask, failures } = start(
    async (exchange) => {
      await exchange.readBody(100)
      return answer(exchange, 'whole')
    },
    {
      limits: { bodyTimeoutMs: 50 },
    },
  )
  const breaks = async function* (): AsyncGenerator<Uint8Array> {
    yield text.encode('half')
    throw new Error('reset')
  }
  const hangs = async function* (): AsyncGenerator<Uint8Array> {
    yield text.encode('half')
    await new Promise(() => undefined)
  }
  await ask('/', streamed(breaks()))
  await ask('/', streamed(hangs()))
  expect(failures).toMatchObject([{ code: 'client_closed' }, { code: 'request_timeout' }])
})

test('a stream goes out piece by piece', async () => {
  const { promise: read, resolve } = Promise.withResolvers<undefined>()
  const { ask } = start(async ({ client }) => {
    client.head(200, [])
    client.write(text.encode('one'))
    await read
    client.write(new Uint8Array())
    client.end(text.encode('two'))
  })
  const reader = readerOf(await ask())
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('one')
  resolve(undefined)
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('two')
  expect((await reader?.read())?.done).toBe(true)
})

test('who reads slowly holds the writer back', async () => {
  let written = 0
  const piece = new Uint8Array(10_000).fill(7)
  const { ask, works } = start(async ({ client }) => {
    client.head(200, [])
    for (; written < 20; written += 1) if (!client.write(piece)) await client.drained()
    client.end()
  })
  const response = await ask()
  await sleep(20)
  expect(written).toBeLessThan(3)
  expect((await response.arrayBuffer()).byteLength).toBe(200_000)
  await works[0]
  // The writer's own bytes stay its own.
  expect(piece[0]).toBe(7)
})

/** Writes for as long as somebody reads. */
function writesOn() {
  const { promise: left, resolve } = Promise.withResolvers<'left'>()
  const handle = async ({ client }: Exchange): Promise<void> => {
    client.onClosed(() => resolve('left'))
    client.head(200, [])
    while (!client.closed) if (!client.write(new Uint8Array(10_000))) await client.drained()
    client.end()
  }
  return { left, handle }
}

test('a client that leaves is told of once, whether by the stream or by the signal, and the work ends', async () => {
  const cancels = writesOn()
  const first = start(cancels.handle)
  await (await first.ask()).body?.cancel()
  expect(await cancels.left).toBe('left')
  await first.works[0]

  const aborts = writesOn()
  const second = start(aborts.handle)
  const controller = new AbortController()
  await second.ask('/', { signal: controller.signal })
  controller.abort()
  expect(await aborts.left).toBe('left')
  await second.works[0]
  expect([...first.failures, ...second.failures]).toEqual([])
})

test('a client that leaves before the answer began leaves nobody waiting', async () => {
  let told = 0
  const { promise: over, resolve } = Promise.withResolvers<undefined>()
  const { ask, works } = start(async ({ client }) => {
    client.onClosed(() => (told += 1))
    await over
    client.head(200, [])
    client.end(text.encode('late'))
  })
  const controller = new AbortController()
  const asked = ask('/', { signal: controller.signal })
  controller.abort()
  expect((await asked).status).toBe(499)
  resolve(undefined)
  await works[0]
  expect(told).toBe(1)
})

test('a signal after the whole answer, as some platforms send one, says nothing of the client', async () => {
  let left = false
  const { ask } = start(async (exchange) => {
    exchange.client.onClosed(() => (left = true))
    answer(exchange, 'whole')
  })
  const controller = new AbortController()
  const response = await ask('/', { signal: controller.signal })
  controller.abort()
  expect([left, await response.text()]).toEqual([false, 'whole'])
})

test('a client that takes nothing of what waits for it is gone; a slow one is not', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const writesAgain = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  const { handle, left } = writesOn()
  const { ask, works } = start(handle, { limits: { stallMs: 300 } })
  const reader = readerOf(await ask())
  for (let turn = 0; turn < 20; turn += 1) {
    await writesAgain()
    vi.advanceTimersByTime(200)
    await reader?.read()
  }
  await writesAgain()
  expect(await Promise.race([left, Promise.resolve('there')])).toBe('there')
  vi.advanceTimersByTime(300)
  expect(await left).toBe('left')
  await works[0]
  await expect(readAll(reader)).rejects.toThrow('could not be finished')
})

/** Typed here: of its overloads the compiler takes one that reads `any`. */
const readerOf = ({ body }: Response): ReadableStreamDefaultReader<Uint8Array> | undefined =>
  body?.getReader()

async function readAll(reader: ReadableStreamDefaultReader<Uint8Array> | undefined): Promise<void> {
  while ((await reader?.read())?.done === false);
}

test('a failure after the head never looks like a whole answer, one before it is a plain 500', async () => {
  const { ask, failures } = start(async ({ client, path }) => {
    if (path === '/late') {
      client.head(200, [])
      client.write(text.encode('half'))
    }
    await Promise.resolve()
    throw new Error('planted')
  })
  await expect((await ask('/late')).text()).rejects.toThrow('could not be finished')
  const early = await ask('/early')
  expect([early.status, await early.json()]).toMatchObject([500, { error: { code: 'internal' } }])
  expect(failures).toHaveLength(2)
})
