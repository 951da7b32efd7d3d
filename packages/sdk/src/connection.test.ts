import { createServer } from 'node:net'
import { once } from 'node:events'
import { afterEach, describe, expect, test } from 'vitest'
import { PointsmanApiError } from './api-error.ts'
import { connect } from './connection.ts'
import { answerJson, startHttpServer, type Handler, type TestServer } from './testing/http-server.ts'

const open: TestServer[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})
async function serve(handler: Handler): Promise<TestServer> {
  const server = await startHttpServer(handler)
  open.push(server)
  return server
}

const caught = async (work: Promise<unknown>): Promise<PointsmanApiError> => {
  const thrown = await work.then(
    () => new Error('it did not fail'),
    (error: unknown) => error,
  )
  expect(thrown).toBeInstanceOf(PointsmanApiError)
  return thrown as PointsmanApiError
}

describe('a request', () => {
  test('carries the key, the condition and the body; names without a value are left out', async () => {
    const server = await serve((_received, response) => answerJson(response, { ok: true }))
    const connection = connect({ url: `${server.url}//`, key: ' pm_secret\n' })
    const ask = { query: { a: 'x y&z', b: 2, c: false, d: null, e: undefined }, body: { m: 1 }, ifMatch: 7 }
    await connection.json('PATCH', '/api/v1/models/m', ask)
    expect(server.received).toMatchObject([
      {
        method: 'PATCH',
        target: '/api/v1/models/m?a=x+y%26z&b=2&c=false',
        headers: { authorization: 'Bearer pm_secret', 'if-match': '"7"', 'content-type': 'application/json' },
        body: { m: 1 },
      },
    ])
  })

  test('without a body and a condition says neither', async () => {
    const server = await serve((_received, response) => answerJson(response, {}))
    await connect({ url: server.url, key: 'k' }).json('GET', '/x', { ifMatch: null })
    expect(server.received[0]?.headers).not.toHaveProperty('if-match')
    expect(server.received[0]?.headers).not.toHaveProperty('content-type')
  })

  test.each([
    ['"42"', 42],
    ['W/"42"', 42],
    [null, null],
    ['"abc"', null],
  ])('tells the ETag %s as %s', async (etag, expected) => {
    const server = await serve((_received, response) =>
      answerJson(response, { id: 'm' }, { headers: etag === null ? {} : { etag } }),
    )
    const answer = await connect({ url: server.url, key: 'k' }).tagged<{ id: string }>('GET', '/x')
    expect(answer).toEqual({ id: 'm', etag: expected })
  })

  test('is not made to an address or with a key that can be none', () => {
    for (const options of [
      { url: 'localhost:7070', key: 'k' },
      { url: 'http://', key: 'k' },
      { url: 'http://127.0.0.1', key: ' ' },
      { url: 'http://127.0.0.1', key: 'two words' },
    ])
      expect(() => connect(options)).toThrow(expect.objectContaining({ code: 'not_configured' }) as Error)
  })
})

describe('an error tells', () => {
  test('everything that the control API said', async () => {
    const error = {
      ...{ code: 'model_not_found', message: 'Model not found: x', field: 'modelId' },
      ...{ suggestions: ['a', 'b'], data: { etag: '"3"' } },
    }
    const headers = { 'retry-after': '2', 'x-pointsman-request-id': 'req-1' }
    const server = await serve((_received, response) =>
      answerJson(response, { error }, { status: 404, headers }),
    )
    expect(await caught(connect({ url: server.url, key: 'k' }).json('GET', '/x'))).toMatchObject({
      ...{ statusCode: 404, ...error, retryAfterMs: 2_000, requestId: 'req-1' },
    })
  })

  test('the message of the seeds’ endpoints and of OpenAI’s face', async () => {
    const server = await serve(({ target }, response) =>
      target === '/seed'
        ? answerJson(
            response,
            {
              success: false,
              action: 'switch',
              error: { code: 'model_not_available', message: 'Model not available: x' },
            },
            { status: 409 },
          )
        : answerJson(
            response,
            { error: { message: 'Bad', type: 'invalid_request_error', param: 'messages', code: null } },
            { status: 400 },
          ),
    )
    const connection = connect({ url: server.url, key: 'k' })
    expect(await caught(connection.json('POST', '/seed'))).toMatchObject({
      statusCode: 409,
      code: 'model_not_available',
      message: 'Model not available: x',
    })
    expect(await caught(connection.json('POST', '/face'))).toMatchObject({
      statusCode: 400,
      code: 'unknown',
      message: 'Bad',
      field: 'messages',
    })
  })

  test('that somebody else answered', async () => {
    const server = await serve(({ target }, response) => {
      const status = target === '/ok' ? 200 : target === '/missing' ? 404 : 502
      response.writeHead(status).end('<html>proxy</html>')
    })
    const connection = connect({ url: server.url, key: 'k' })
    expect(await caught(connection.json('GET', '/bad'))).toMatchObject({
      statusCode: 502,
      code: 'not_json',
      message: expect.stringMatching(/^A proxy answered 502 in the server’s place.*Try again/) as string,
    })
    expect(await caught(connection.json('GET', '/missing'))).toMatchObject({
      statusCode: 404,
      code: 'not_json',
      message: 'The server answered 404 without saying why. Is it a Pointsman server?',
    })
    expect(await caught(connection.json('GET', '/ok'))).toMatchObject({ statusCode: 200, code: 'not_json' })
  })

  test('of a redirect, which would carry the key to another host', async () => {
    const server = await serve((_received, response) => {
      response.writeHead(302, { location: '/elsewhere' }).end()
    })
    expect(await caught(connect({ url: server.url, key: 'k' }).json('GET', '/x'))).toMatchObject({
      statusCode: 302,
    })
    expect(server.received).toHaveLength(1)
  })

  test('that nobody listens', async () => {
    const closed = await startHttpServer(() => undefined)
    await closed.close()
    expect(await caught(connect({ url: closed.url, key: 'k' }).json('GET', '/x'))).toMatchObject({
      statusCode: 0,
      code: 'unreachable',
      message: `No answer from ${closed.url} (ECONNREFUSED). Is the server running there?`,
    })
  })

  test('that no answer came in time, headers or body', async () => {
    const server = await serve(({ target }, response) => {
      if (target === '/body') response.writeHead(200).write('{"half":')
    })
    const connection = connect({ url: server.url, key: 'k', timeoutMs: 100 })
    for (const path of ['/headers', '/body'])
      expect(await caught(connection.json('GET', path))).toMatchObject({ statusCode: 0, code: 'timeout' })
  })

  test('that the answer broke off', async () => {
    const rude = createServer((socket) => {
      socket.once('data', () => {
        socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"half":')
      })
    }).listen(0, '127.0.0.1')
    await once(rude, 'listening')
    const address = rude.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const url = `http://127.0.0.1:${address.port}`
    expect(await caught(connect({ url, key: 'k' }).json('GET', '/x'))).toMatchObject({ code: 'cut' })
    rude.close()
  })
})

describe('the caller’s signal', () => {
  const reason = new Error('the page was left')

  test('ends a request that waits, one that reads, and one not begun, with its own reason', async () => {
    const server = await serve(({ target }, response) => {
      if (target === '/body') response.writeHead(200).write('{"half":')
    })
    const connection = connect({ url: server.url, key: 'k' })
    for (const path of ['/headers', '/body']) {
      const abort = new AbortController()
      const work = connection.json('GET', path, { signal: abort.signal })
      const ended = expect(work).rejects.toBe(reason)
      await expect.poll(() => server.received.at(-1)?.target).toBe(path)
      abort.abort(reason)
      await ended
    }
    await expect(connection.json('GET', '/never', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(server.received.map(({ target }) => target)).toEqual(['/headers', '/body'])
  })

  test('keeps no listener of a request that ended', async () => {
    const server = await serve(({ target }, response) =>
      answerJson(response, {}, { status: target === '/bad' ? 500 : 200 }),
    )
    const connection = connect({ url: server.url, key: 'k' })
    const { signal } = new AbortController()
    let listeners = 0
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...given: Parameters<typeof add>): void => {
      listeners += 1
      add(...given)
    }
    signal.removeEventListener = (...given: Parameters<typeof remove>): void => {
      listeners -= 1
      remove(...given)
    }
    await connection.json('GET', '/good', { signal })
    await caught(connection.json('GET', '/bad', { signal }))
    await caught(connection.open('GET', '/bad', { signal }))
    const opened = await connection.open('GET', '/good', { signal })
    opened.close()
    expect(listeners).toBe(0)
  })
})
