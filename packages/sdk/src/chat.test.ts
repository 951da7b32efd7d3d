import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createClient, type Client } from './client.ts'
import { collect } from './testing/collect.ts'
import { answerJson, startHttpServer, type Handler, type TestServer } from './testing/http-server.ts'

const open: TestServer[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})
async function serve(handler: Handler) {
  const server = await startHttpServer(handler)
  open.push(server)
  return { server, client: createClient({ url: server.url, key: 'k' }) }
}

const headers = {
  'x-pointsman-request-id': 'req-1',
  'x-pointsman-requested': 'use-case/clinical',
  'x-pointsman-model': 'eu.amazon.nova-pro-v1:0',
  'x-pointsman-provider': 'bedrock',
  'x-pointsman-region': 'eu-central-1',
  'x-pointsman-revision': '12',
  'x-pointsman-reason': 'use-case',
  'x-pointsman-attempts': '2',
  'x-pointsman-overhead-us': '187',
  'x-pointsman-warnings': 'past its end of life, served; 100%25 of it f%C3%BCr dich',
  'x-pointsman-switch': 'sw-1',
  'x-pointsman-sandbox': 'true',
}
const served = {
  requestId: 'req-1',
  requested: 'use-case/clinical',
  model: 'eu.amazon.nova-pro-v1:0',
  provider: 'bedrock',
  region: 'eu-central-1',
  revision: 12,
  reason: 'use-case',
  attempts: 2,
  overheadUs: 187,
  warnings: ['past its end of life, served', '100%25 of it für dich'],
  switchId: 'sw-1',
  sandbox: true,
}

const messages = [{ role: 'user', content: 'Hi' }] as const
const chunk = (delta: object, more: object = {}): string =>
  `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta, finish_reason: null }], ...more })}\n\n`
const wholeStream = [
  ': a heartbeat\n\n',
  chunk({ role: 'assistant', content: '' }),
  chunk({ content: 'Grüß ' }),
  chunk({ content: 'dich 😀\n\ndata: no event' }),
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\n`,
  `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 3 } })}\n\n`,
  'data: [DONE]\n\n',
].join('')
const begin = (response: ServerResponse): ServerResponse =>
  response.writeHead(200, { 'content-type': 'text/event-stream', ...headers })

test('a whole answer with who served it, its tokens and its body', async () => {
  const body = {
    choices: [{ message: { content: 'Hello', tool_calls: [] }, finish_reason: 'length' }],
    usage: { prompt_tokens: 2, completion_tokens: 1 },
  }
  const { server, client } = await serve((_received, response) => answerJson(response, body, { headers }))
  const answer = await client.chat({
    ...{ model: 'use-case/clinical', messages, conversationId: 'c-1', userId: 'u-1', useCase: 'clinical' },
    ...{ agent: 'a', role: 'patient', tags: ['x', 'y'], maxTokens: 5, temperature: 0, extra: { seed: 1 } },
  })
  expect(answer).toEqual({
    text: 'Hello',
    finishReason: 'length',
    usage: { inputTokens: 2, outputTokens: 1 },
    served,
    body,
  })
  expect(server.received).toMatchObject([
    {
      method: 'POST',
      target: '/v1/chat/completions',
      headers: {
        'x-pointsman-conversation': 'c-1',
        'x-pointsman-user': 'u-1',
        'x-pointsman-use-case': 'clinical',
        'x-pointsman-agent': 'a',
        'x-pointsman-role': 'patient',
        'x-pointsman-tags': 'x,y',
      },
      body: { model: 'use-case/clinical', messages, max_completion_tokens: 5, temperature: 0, seed: 1 },
    },
  ])
})

test('the default route is asked where none is named, and nothing else is said', async () => {
  const { server, client } = await serve((_received, response) => answerJson(response, { choices: [] }))
  expect(await client.chat({ messages })).toMatchObject({ text: '', finishReason: null, usage: null })
  expect(server.received[0]?.body).toEqual({ model: 'default', messages })
  expect(Object.keys(server.received[0]?.headers ?? {}).filter((name) => name.startsWith('x-'))).toEqual([])
})

test('names outside Latin-1 travel as their UTF-8 bytes, as the gateway reads them', async () => {
  const { server, client } = await serve((_received, response) => answerJson(response, { choices: [] }))
  await client.chat({ messages, userId: 'Žofia', conversationId: '会話-1', tags: ['für', '😀'] })
  const received = server.received[0]?.headers ?? {}
  const text = (name: string) => Buffer.from(String(received[name]), 'latin1').toString('utf8')
  expect(text('x-pointsman-user')).toBe('Žofia')
  expect(text('x-pointsman-conversation')).toBe('会話-1')
  expect(text('x-pointsman-tags')).toBe('für,😀')
})

describe('a silent server', () => {
  afterEach(() => void vi.useRealTimers())
  const calls: readonly (readonly [string, (client: Client) => Promise<unknown>])[] = [
    ['chat', (client) => client.chat({ messages })],
    ['chatStream', (client) => client.chatStream({ messages })],
    ['bedrockAiChat', (client) => client.bedrockAiChat({ message: 'Hi' })],
    ['bedrockAiChatStream', (client) => collect(client.bedrockAiChatStream({ message: 'Hi' }))],
  ]
  const clientOf = (timeoutMs?: number): Client =>
    createClient({
      ...{ url: 'http://test', key: 'k', timeoutMs },
      fetch: (_url, init) =>
        new Promise((_, reject) =>
          init.signal?.addEventListener('abort', () => reject(new Error('aborted'))),
        ),
    })

  test.each(calls)('is not given up by %s before it gives the request up itself', async (_, call) => {
    vi.useFakeTimers()
    let thrown: unknown
    call(clientOf()).catch((error: unknown) => (thrown = error))
    await vi.advanceTimersByTimeAsync(900_000)
    expect(thrown).toBeUndefined()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(thrown).toMatchObject({ code: 'timeout', message: 'No answer from http://test within 910 s.' })
  })

  test.each(calls)('is given up by %s after the time that the caller set', async (_, call) => {
    vi.useFakeTimers()
    let thrown: unknown
    call(clientOf(100)).catch((error: unknown) => (thrown = error))
    await vi.advanceTimersByTimeAsync(100)
    expect(thrown).toMatchObject({ code: 'timeout', message: 'No answer from http://test within 0.1 s.' })
  })
})

describe('a stream', () => {
  test('is the same however its bytes are cut', async () => {
    const whole = Buffer.from(wholeStream)
    const fetchOf = (at: number) => async (): Promise<Response> =>
      new Response(
        new ReadableStream<Uint8Array>({
          start(controller) {
            controller.enqueue(new Uint8Array(whole.subarray(0, at)))
            controller.enqueue(new Uint8Array(whole.subarray(at)))
            controller.close()
          },
        }),
        { headers },
      )
    for (let at = 0; at <= whole.length; at += 1) {
      const client = createClient({ url: 'http://test', key: 'k', fetch: fetchOf(at) })
      const stream = await client.chatStream({ messages })
      expect(stream.served).toEqual(served)
      expect(stream.end()).toBeNull()
      const text = await collect(stream)
      expect(text.join(''), `cut at ${at}`).toBe('Grüß dich 😀\n\ndata: no event')
      expect(stream.end()).toEqual({ finishReason: 'stop', usage: { inputTokens: 7, outputTokens: 3 } })
    }
  })

  test('that stops at any byte before its end throws after the pieces that came, and never looks complete', async () => {
    const whole = Buffer.from(wholeStream)
    const done = whole.indexOf('data: [DONE]') + 'data: [DONE]\n'.length
    for (let at = 0; at < done; at += 7) {
      const { client } = await serve((_received, response) => {
        begin(response).write(whole.subarray(0, at))
        setTimeout(() => response.socket?.destroy(), 1)
      })
      const stream = await client.chatStream({ messages })
      await expect(collect(stream)).rejects.toMatchObject({ code: 'cut', requestId: 'req-1' })
      expect(stream.end()).toBeNull()
      await open.pop()?.close()
    }
  })

  test('that ends in good order but without [DONE] is cut, too', async () => {
    const { client } = await serve((_received, response) => {
      begin(response).end(chunk({ content: 'Hel' }))
    })
    await expect(collect(await client.chatStream({ messages }))).rejects.toMatchObject({
      code: 'cut',
    })
  })

  test('gives the server’s error out after the text before it', async () => {
    const error = {
      message: 'The model stopped answering.',
      type: 'server_error',
      param: null,
      code: 'upstream_broken',
    }
    const { client } = await serve((_received, response) => {
      begin(response).end(`${chunk({ content: 'Hel' })}data: ${JSON.stringify({ error })}\n\n`)
    })
    const text: string[] = []
    const work = (async () => {
      for await (const piece of await client.chatStream({ messages })) text.push(piece)
    })()
    await expect(work).rejects.toMatchObject({
      code: 'upstream_broken',
      message: 'The model stopped answering.',
      requestId: 'req-1',
    })
    expect(text).toEqual(['Hel'])
  })

  test('refused before it begins is an error with its status', async () => {
    const { client } = await serve((_received, response) =>
      answerJson(response, { error: { message: 'No usable model', code: 'no_candidate' } }, { status: 503 }),
    )
    await expect(client.chatStream({ messages })).rejects.toMatchObject({
      statusCode: 503,
      code: 'no_candidate',
    })
  })

  test('is cancelled at the server when the loop is left', async () => {
    const left = Promise.withResolvers<undefined>()
    const { client } = await serve((_received, response) => {
      response.on('close', () => left.resolve(undefined))
      begin(response).write(chunk({ content: 'a' }))
    })
    for await (const piece of await client.chatStream({ messages })) {
      expect(piece).toBe('a')
      break
    }
    await left.promise
  })

  test('ends with the reason of the caller’s signal', async () => {
    const reason = new Error('enough')
    const { client } = await serve((_received, response) => {
      begin(response).write(chunk({ content: 'a' }))
    })
    const abort = new AbortController()
    const stream = await client.chatStream({ messages }, { signal: abort.signal })
    const work = (async () => {
      for await (const piece of stream) if (piece === 'a') abort.abort(reason)
    })()
    await expect(work).rejects.toBe(reason)
  })

  test('is read to its last byte, so that the server sees a client that stayed', async () => {
    const { server, client } = await serve((received, response) => {
      begin(response).write(wholeStream)
      setTimeout(() => response.end(': settled\n\n'), 30)
      response.on('close', () => {
        if (!response.writableFinished) throw new Error(`the client left ${received.target}`)
      })
    })
    await collect(await client.chatStream({ messages }))
    expect(server.received).toHaveLength(1)
  })
})
