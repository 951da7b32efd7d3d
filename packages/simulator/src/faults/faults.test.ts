import { ConverseCommand, ThrottlingException } from '@aws-sdk/client-bedrock-runtime'
import type { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Simulator } from '../simulator.ts'
import {
  awsClient,
  eventNames,
  post,
  said,
  startForTest,
  streamedText,
  streamEvents,
} from '../testing/clients.ts'
import { claude, micro, novaPro } from '../testing/sample-models.ts'
import type { FaultEffect } from './rule.ts'

let simulator: Simulator
let http2: BedrockRuntimeClient
let http1: BedrockRuntimeClient

beforeAll(async () => {
  simulator = await startForTest()
  http2 = awsClient(simulator)
  http1 = awsClient(simulator, { http1: true })
})
afterAll(async () => {
  http2.destroy()
  http1.destroy()
  await simulator.close()
})
afterEach(() => {
  simulator.clear()
})

const input = { modelId: novaPro, messages: said('Tell me about points and signals.') }
const path = `/model/${novaPro}/converse`
const streamPath = `${path}-stream`
const body = { messages: said('Hello') }

function once(effect: FaultEffect): void {
  simulator.script({ times: 1, effect })
}

describe('refusals', () => {
  const names = [
    ['ThrottlingException', 429],
    ['ModelNotReadyException', 429],
    ['ServiceQuotaExceededException', 400],
    ['ValidationException', 400],
    ['AccessDeniedException', 403],
    ['ResourceNotFoundException', 404],
    ['ModelTimeoutException', 408],
    ['ConflictException', 400],
    ['ModelErrorException', 424],
    ['InternalServerException', 500],
    ['ServiceUnavailableException', 503],
    ['ExpiredTokenException', 403],
  ] as const
  test.each(names)('%s is thrown by the SDK under its name with status %i', async (name, status) => {
    for (const client of [http1, http2]) {
      once({ error: { name, message: `scripted ${name}` } })
      const call = client.send(new ConverseCommand(input))
      await expect(call).rejects.toMatchObject({
        name,
        message: `scripted ${name}`,
        $metadata: { httpStatusCode: status },
      })
    }
    await expect
      .poll(() => simulator.ledger().at(-1))
      .toMatchObject({ status, errorName: name, usage: null, finished: true })
  })

  test('throttle uses the words of Bedrock, and the class is the typed one', async () => {
    once({ throttle: true })
    await expect(http2.send(new ConverseCommand(input))).rejects.toBeInstanceOf(ThrottlingException)
    once({ throttle: 'tokens', retryAfter: 7 })
    const answer = await post(simulator, path, body)
    expect(answer.status).toBe(429)
    expect(answer.headers.get('retry-after')).toBe('7')
    expect(await answer.json()).toEqual({ message: 'Too many tokens, please wait before trying again.' })
  })

  test('retryAfter may be a date', async () => {
    const date = 'Sat, 21 Nov 2026 10:00:00 GMT'
    once({ error: { name: 'ServiceUnavailableException' }, retryAfter: date })
    expect((await post(simulator, path, body)).headers.get('retry-after')).toBe(date)
  })

  test('status sends any answer at all', async () => {
    once({
      status: { code: 502, body: '<html>Bad Gateway</html>', headers: { 'content-type': 'text/html' } },
    })
    const answer = await post(simulator, path, body)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([502, 'text/html'])
    expect(await answer.text()).toBe('<html>Bad Gateway</html>')
    once({ status: { code: 299, body: { odd: true } } })
    expect(await (await post(simulator, path, body)).json()).toEqual({ odd: true })
  })
})

describe('breaks in a stream', () => {
  test.each([0, 1, 3])('cutAfterChunks %i destroys the connection after exactly so many', async (n) => {
    for (const client of [http1, http2]) {
      once({ cutAfterChunks: n })
      const { events, error } = await streamEvents(client, input)
      expect(error).not.toBeNull()
      expect(eventNames(events)).toEqual(['messageStart', ...Array<string>(n).fill('contentBlockDelta')])
      expect(simulator.ledger().at(-1)).toMatchObject({
        chunks: n,
        status: 200,
        usage: null,
        clientLeft: false,
      })
    }
  })

  test('endAfterChunks ends with no error, no stop and no usage', async () => {
    for (const client of [http1, http2]) {
      once({ endAfterChunks: 2 })
      const { events, error } = await streamEvents(client, input)
      expect(error).toBeNull()
      expect(eventNames(events)).toEqual(['messageStart', 'contentBlockDelta', 'contentBlockDelta'])
    }
  })

  test('a break after more chunks than there are falls before the stop', async () => {
    once({ endAfterChunks: 5_000 })
    const { events } = await streamEvents(http2, input)
    expect(eventNames(events).at(-1)).toBe('contentBlockStop')
  })

  const exceptions = [
    'throttlingException',
    'InternalServerException',
    'modelStreamErrorException',
    'serviceUnavailableException',
    'validationException',
  ]
  test.each(exceptions)('exceptionAfterChunks throws %s in the middle', async (name) => {
    for (const n of [0, 2]) {
      once({ exceptionAfterChunks: { n, name, message: 'in the middle' } })
      const { events, error } = await streamEvents(http2, input)
      expect(error?.name.toLowerCase()).toBe(name.toLowerCase())
      expect(error).toMatchObject({ message: 'in the middle', $metadata: {} })
      expect(events.length).toBe(n + 1)
    }
  })

  test('stallAfterChunks sends no more, and the ledger sees the client leave', async () => {
    once({ stallAfterChunks: 1 })
    const answer = await post(simulator, streamPath, body)
    const reader = answer.body?.getReader()
    const first: { value?: Uint8Array } | undefined = await reader?.read()
    expect(first?.value?.length).toBeGreaterThan(100)
    await reader?.cancel()
    await expect
      .poll(() => simulator.ledger().at(-1))
      .toMatchObject({ clientLeft: true, chunks: 1, finished: false })
  })

  test('malformedFrame has a wrong checksum, garbageJson a right one', async () => {
    once({ malformedFrame: true })
    const malformed = await streamEvents(http2, input)
    expect(malformed.error?.message).toMatch(/checksum/)
    expect(streamedText(malformed.events)).toMatch(/^This is/)
    once({ garbageJson: { n: 2 } })
    const garbage = await streamEvents(http2, input)
    expect(garbage.error).toBeInstanceOf(SyntaxError)
  })

  test('withoutMetadata ends after the stop', async () => {
    once({ withoutMetadata: true })
    const { events, error } = await streamEvents(http2, input)
    expect([eventNames(events).at(-1), error]).toEqual(['messageStop', null])
    await expect.poll(() => simulator.ledger().at(-1)).toMatchObject({ usage: null, finished: true })
  })

  test('the answer may be given, in so many pieces, whatever they hold', async () => {
    const text = 'Weiß 👩‍👩‍👧 né 日本語 '.repeat(6)
    once({ answer: { text, pieces: 60 } })
    const { events } = await streamEvents(http2, input)
    expect(streamedText(events)).toBe(text)
    expect(simulator.ledger().at(-1)).toMatchObject({ chunks: 60, tokens: Math.ceil(text.length / 4) })
  })

  test('chunkBytes cuts frames and characters, and nothing is lost', async () => {
    for (const client of [http1, http2]) {
      once({ chunkBytes: 7, answer: { text: 'Grüße 👋 aus dem Stellwerk' } })
      const { events, error } = await streamEvents(client, input)
      expect(error).toBeNull()
      expect(streamedText(events)).toBe('Grüße 👋 aus dem Stellwerk')
      expect(eventNames(events).at(-1)).toBe('metadata')
    }
    once({ chunkBytes: 5, cutAfterChunks: 1 })
    const cut = await streamEvents(http1, input)
    expect([cut.events.length, cut.error === null]).toEqual([2, false])
  })

  test('slowChunksMs spaces chunks out', async () => {
    once({ slowChunksMs: 30, answer: { text: 'a b c d', pieces: 4 } })
    const began = performance.now()
    const { events } = await streamEvents(http2, input)
    expect(streamedText(events)).toBe('a b c d')
    expect(performance.now() - began).toBeGreaterThan(80)
  })

  test('streams of InvokeModel break in the same ways', async () => {
    once({ exceptionAfterChunks: { n: 1, name: 'modelTimeoutException' } })
    const answer = await post(simulator, `/model/${claude}/invoke-with-response-stream`, {
      anthropic_version: 'bedrock-2023-05-31',
      max_tokens: 50,
      messages: [{ role: 'user', content: 'Hello' }],
    })
    const bytes = Buffer.from(await answer.arrayBuffer()).toString('latin1')
    expect(bytes).toContain('modelTimeoutException')
    expect(simulator.ledger().at(-1)?.chunks).toBe(1)
  })
})

describe('breaks of a whole answer', () => {
  test('cut before the headers, and in the middle of the body', async () => {
    for (const client of [http1, http2]) {
      for (const cutAfterChunks of [0, 1]) {
        once({ cutAfterChunks })
        await expect(client.send(new ConverseCommand(input))).rejects.toThrow()
        const last = simulator.ledger().at(-1)
        expect([last?.status, last?.usage]).toEqual([cutAfterChunks === 0 ? null : 200, null])
      }
    }
  })

  test('endAfterChunks and garbageJson give half a JSON with status 200', async () => {
    for (const effect of [{ endAfterChunks: 1 }, { garbageJson: true }] as const) {
      once(effect)
      const answer = await post(simulator, path, body)
      expect(answer.status).toBe(200)
      await expect(answer.json()).rejects.toThrow(SyntaxError)
    }
  })

  test('an exception becomes a status', async () => {
    once({ exceptionAfterChunks: { n: 0, name: 'modelTimeoutException' } })
    expect((await post(simulator, path, body)).status).toBe(408)
  })

  test('stall never answers; delayMs answers late', async () => {
    once({ stall: true })
    const leaving = new AbortController()
    const before = simulator.ledger().length
    const asked = fetch(`${simulator.url}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { authorization: 'Bearer ABSKsimulated-token' },
      signal: leaving.signal,
    })
    const left = expect(asked).rejects.toThrow(/abort/)
    await expect.poll(() => simulator.ledger()).toHaveLength(before + 1)
    leaving.abort()
    await left
    await expect.poll(() => simulator.ledger().at(-1)?.clientLeft).toBe(true)
    expect(simulator.ledger().at(-1)).toMatchObject({ status: null, finished: false })
    once({ delayMs: 60 })
    const began = performance.now()
    expect((await post(simulator, path, body)).status).toBe(200)
    expect(performance.now() - began).toBeGreaterThan(50)
  })
})

describe('which requests a rule is for', () => {
  test('by model, region and operation, all of them', async () => {
    const id = simulator.script({
      match: { model: 'eu.amazon.*', region: 'eu-central-1', operation: 'converse' },
      effect: { throttle: true },
    })
    expect((await post(simulator, path, body)).status).toBe(429)
    expect(simulator.ledger().at(-1)?.rule).toBe(id)
    expect((await post(simulator, streamPath, body)).status).toBe(200)
    expect((await post(simulator, `/region/eu-west-1${path}`, body)).status).toBe(200)
    expect(simulator.ledger().at(-1)).toMatchObject({ region: 'eu-west-1', rule: null })
    expect((await post(simulator, `/model/${claude}/converse`, body)).status).toBe(200)
    expect((await post(simulator, `/model/${micro}/converse`, body)).status).toBe(429)
  })

  test('so many times, then the next rule, then none', async () => {
    simulator.script({ times: 2, effect: { error: { name: 'ServiceUnavailableException' } } })
    simulator.script({ times: 1, effect: { throttle: true } })
    const statuses: number[] = []
    for (let count = 0; count < 4; count += 1) statuses.push((await post(simulator, path, body)).status)
    expect(statuses).toEqual([503, 503, 429, 200])
  })

  test('with a probability, the same draws after every clear', async () => {
    const draw = async (): Promise<readonly number[]> => {
      simulator.clear()
      simulator.script({ probability: 0.5, effect: { throttle: true } })
      const statuses: number[] = []
      for (let count = 0; count < 20; count += 1) statuses.push((await post(simulator, path, body)).status)
      return statuses
    }
    const first = await draw()
    expect(new Set(first)).toEqual(new Set([200, 429]))
    expect(await draw()).toEqual(first)
  })

  test('a request that is not let in uses up no rule', async () => {
    once({ throttle: true })
    expect((await post(simulator, path, body, { authorization: 'Bearer wrong' })).status).toBe(403)
    expect((await post(simulator, path, body)).status).toBe(429)
  })
})
