import Anthropic, { APIConnectionError, APIError } from '@anthropic-ai/sdk'
import type { RawMessageStreamEvent } from '@anthropic-ai/sdk/resources/messages'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { FaultEffect } from '../faults/rule.ts'
import type { Simulator } from '../simulator.ts'
import { send, sonnet, startAnthropic, wireEvents } from '../testing/anthropic-clients.ts'
import { anthropicClient, user } from '../testing/anthropic-judge.ts'

let simulator: Simulator
let client: Anthropic

beforeAll(async () => {
  simulator = await startAnthropic()
  client = anthropicClient(simulator)
})
afterAll(() => simulator.close())
afterEach(() => {
  simulator.clear()
})

const body = { model: sonnet, max_tokens: 100, messages: [user('Tell me about points.')] }

function once(effect: FaultEffect): void {
  simulator.script({ times: 1, effect })
}

/** All events of a stream until it ends, with what ended it, if anything did. */
async function events(): Promise<{
  readonly seen: readonly RawMessageStreamEvent[]
  readonly error: unknown
}> {
  const seen: RawMessageStreamEvent[] = []
  try {
    for await (const event of await client.messages.create({ ...body, stream: true })) seen.push(event)
  } catch (error) {
    return { seen, error }
  }
  return { seen, error: null }
}

function deltas(seen: readonly RawMessageStreamEvent[]): number {
  return seen.filter((event) => event.type === 'content_block_delta').length
}

describe('in place of an answer', () => {
  test('a 429 tells how long to wait', async () => {
    once({ throttle: true })
    const usual = await send(simulator, '/v1/messages', body)
    expect([usual.status, usual.headers.get('retry-after'), usual.headers.get('x-should-retry')]).toEqual([
      429,
      '1',
      'true',
    ])
    once({ throttle: 'tokens', retryAfter: 7 })
    const told = await send(simulator, '/v1/messages', body)
    expect(told.headers.get('retry-after')).toBe('7')
    expect(await told.json()).toMatchObject({
      error: { type: 'rate_limit_error', message: expect.stringContaining('input tokens') as string },
    })
  })

  test('any status and body', async () => {
    once({ status: { code: 502, body: '<html>', headers: { 'cf-ray': 'x' } } })
    const text = await send(simulator, '/v1/messages', body)
    expect([text.status, text.headers.get('content-type'), text.headers.get('cf-ray')]).toEqual([
      502,
      'text/plain',
      'x',
    ])
    once({ status: { code: 200, body: { type: 'message' } } })
    expect(await (await send(simulator, '/v1/messages', body)).json()).toEqual({ type: 'message' })
  })

  test('a delay, and silence', async () => {
    once({ delayMs: 120 })
    const startedAt = performance.now()
    await client.messages.create(body)
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(118)
    once({ stall: true })
    await expect(client.messages.create(body, { timeout: 150 })).rejects.toBeInstanceOf(APIConnectionError)
  })

  test('rules match by model and operation', async () => {
    simulator.script({
      match: { model: 'claude-sonnet-*', operation: 'messages-stream' },
      effect: { throttle: true },
    })
    expect((await client.messages.create(body)).type).toBe('message')
    expect((await events()).error).toBeInstanceOf(Anthropic.RateLimitError)
    const counted = await client.messages.countTokens({ model: sonnet, messages: body.messages })
    expect(counted.input_tokens).toBeGreaterThan(0)
  })

  test('a scripted answer in so many pieces', async () => {
    simulator.script({ effect: { answer: { text: 'Grüße — 🚂 über Köln', pieces: 4 } } })
    const { seen } = await events()
    expect(deltas(seen)).toBe(4)
    const message = await client.messages.create(body)
    expect(message.content).toMatchObject([{ type: 'text', text: 'Grüße — 🚂 über Köln' }])
  })
})

describe('another end', () => {
  test("under the vendor's own word", async () => {
    for (const finishReason of ['refusal', 'pause_turn', 'model_context_window_exceeded'] as const) {
      simulator.script({ times: 2, effect: { finishReason } })
      expect((await client.messages.create(body)).stop_reason).toBe(finishReason)
      const { seen } = await events()
      expect(seen.at(-2)).toMatchObject({ delta: { stop_reason: finishReason, stop_sequence: null } })
    }
  })
})

describe('breaks of a stream', () => {
  test('an error event, under its name', async () => {
    once({ exceptionAfterChunks: { n: 3, name: 'overloaded_error', message: 'Overloaded' } })
    const { seen, error } = await events()
    expect(deltas(seen)).toBe(3)
    expect(error).toBeInstanceOf(APIError)
    expect(error).toMatchObject({ type: 'overloaded_error', apiMessage: 'Overloaded' })
    once({ exceptionAfterChunks: { n: 0, name: 'api_error' } })
    expect((await events()).seen.map((event) => event.type)).toEqual(['message_start', 'content_block_start'])
    expect(simulator.ledger().at(-1)).toMatchObject({ status: 200, chunks: 0, usage: null })
  })

  test('a cut connection', async () => {
    once({ cutAfterChunks: 2 })
    const { seen, error } = await events()
    expect(deltas(seen)).toBe(2)
    expect(error).not.toBeNull()
    expect(simulator.ledger().at(-1)).toMatchObject({ chunks: 2, finished: false, clientLeft: false })
  })

  test('an end that looks like one, without its last events', async () => {
    once({ endAfterChunks: 2 })
    const { seen, error } = await events()
    expect(error).toBeNull()
    expect(seen.map((event) => event.type)).not.toContain('message_stop')
  })

  test('a stall', async () => {
    once({ stallAfterChunks: 1 })
    const controller = new AbortController()
    const stream = await client.messages.create({ ...body, stream: true }, { signal: controller.signal })
    let seen = 0
    for await (const event of stream) {
      if (event.type !== 'content_block_delta') continue
      seen += 1
      setTimeout(() => controller.abort(), 50)
    }
    expect(seen).toBe(1)
    await expect.poll(() => simulator.ledger().at(-1)).toMatchObject({ clientLeft: true, chunks: 1 })
  })

  test('broken frames and broken JSON', async () => {
    for (const effect of [{ malformedFrame: { n: 2 } }, { garbageJson: { n: 2 } }] as const) {
      once(effect)
      const { seen, error } = await events()
      expect(deltas(seen)).toBe(2)
      expect(error).toBeInstanceOf(SyntaxError)
    }
  })

  test('no usage at the end', async () => {
    once({ withoutMetadata: true })
    const answer = await send(simulator, '/v1/messages', { ...body, stream: true })
    const last = wireEvents(await answer.text()).slice(-2)
    expect(last.map((event) => event.name)).toEqual(['message_delta', 'message_stop'])
    expect(last[0]?.data).not.toHaveProperty('usage')
    expect(simulator.ledger().at(-1)?.usage).toBeNull()
  })

  test('writes of one byte spell the same events', async () => {
    const whole = wireEvents(await (await send(simulator, '/v1/messages', { ...body, stream: true })).text())
    once({ chunkBytes: 1 })
    const sliced = wireEvents(await (await send(simulator, '/v1/messages', { ...body, stream: true })).text())
    expect(sliced).toEqual(whole)
  })

  test('slow chunks', async () => {
    once({ slowChunksMs: 20, answer: { text: 'one two three four', pieces: 4 } })
    const startedAt = performance.now()
    await events()
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(55)
  })
})

describe('breaks of a whole answer', () => {
  test('cut, ended early, and refused in the middle', async () => {
    once({ cutAfterChunks: 1 })
    await expect(client.messages.create(body)).rejects.toThrow()
    once({ endAfterChunks: 1 })
    await expect(client.messages.create(body)).rejects.toThrow(SyntaxError)
    once({ exceptionAfterChunks: { n: 1, name: 'api_error' } })
    await expect(client.messages.create(body)).rejects.toBeInstanceOf(Anthropic.InternalServerError)
    once({ withoutMetadata: true })
    expect(await client.messages.create(body)).not.toHaveProperty('usage')
  })
})
