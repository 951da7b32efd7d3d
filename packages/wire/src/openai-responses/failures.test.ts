import { PointsmanError, unknownUsage } from '@pointsman/contract'
import type { AnswerPart } from '@pointsman/contract'
import OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import { FailedAnswer } from '../failed-answer.ts'
import { join } from '../testing/cut.ts'
import { about, decode, dialects } from '../testing/dialects-for-tests.ts'
import { writeAll } from '../testing/read-all.ts'
import { readResult } from './read-result.ts'
import { createStreamReader } from './read-stream.ts'

const encoder = new TextEncoder()
const error = { code: 'server_error', message: 'The model broke.' }
const failed = { status: 'failed', error, output: [], service_tier: 'flex' }
const usage = {
  ...{ input_tokens: 100, input_tokens_details: { cached_tokens: 40 } },
  ...{ output_tokens: 50, output_tokens_details: { reasoning_tokens: 20 } },
}
const read = {
  ...unknownUsage,
  ...{ inputTokens: 60, cacheReadTokens: 40, outputTokens: 50, reasoningTokens: 20 },
}
const flex = { tier: 'flex', raw: 'flex' }

function thrownBy(json: object): unknown {
  try {
    return readResult(encoder.encode(JSON.stringify(json)))
  } catch (thrown) {
    return thrown
  }
}

describe('a response that failed', () => {
  test('tells what it used with its error', () => {
    const thrown = thrownBy({ ...failed, usage })
    expect(thrown).toBeInstanceOf(FailedAnswer)
    expect(thrown).toMatchObject({
      ...{ code: 'upstream_error', details: { vendorName: 'server_error' } },
      told: { finish: null, usage: read, serviceTier: flex },
    })
  })

  test('is an error alone where it tells nothing', () => {
    const thrown = thrownBy({ ...failed, usage: null })
    expect(thrown).not.toBeInstanceOf(FailedAnswer)
    expect(thrown).toMatchObject({ code: 'upstream_error' })
  })

  test.each(['relay', 'translate'] as const)('tells it in a stream before the error; mode: %s', (mode) => {
    const partsOf = (response: object) => {
      const reader = createStreamReader({ mode, hideUsage: false })
      const event = `data: ${JSON.stringify({ type: 'response.failed', response })}\n\n`
      const [frame] = reader.push(encoder.encode(event))
      expect(frame?.role).toBe('error')
      return frame?.parts
    }
    expect(partsOf({ ...failed, usage })).toEqual([
      { type: 'usage', usage: read, upstreamLatencyMs: null },
      { type: 'service-tier', served: flex },
      { type: 'error', error: { name: 'server_error', message: 'The model broke.' } },
    ])
    expect(partsOf({ ...failed, usage: null, service_tier: null })).toEqual([
      { type: 'error', error: { name: 'server_error', message: 'The model broke.' } },
    ])
  })
})

const { openaiResponses } = dialects

/** The official client on the bytes, with no network: its own parser is the judge. */
const clientOn = (bytes: Uint8Array): OpenAI =>
  new OpenAI({
    apiKey: 'k',
    baseURL: 'http://127.0.0.1:1/v1',
    maxRetries: 0,
    fetch: () =>
      Promise.resolve(
        new Response(decode(bytes), { headers: { 'content-type': openaiResponses.streamContentType } }),
      ),
  })

async function readByClient(bytes: Uint8Array): Promise<readonly string[]> {
  const stream = await clientOn(bytes).responses.create({ model: 'm', input: 'x', stream: true })
  const types: string[] = []
  for await (const { type } of stream) types.push(type)
  return types
}

interface Event {
  readonly type: string
  readonly [member: string]: unknown
}
const eventsOf = (bytes: Uint8Array): readonly Event[] =>
  [...decode(bytes).matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data ?? '') as Event)

describe('a stream that fails is told to clients that read either event', () => {
  const tooLong = new PointsmanError('upstream_rejected', 'Too much.', { tooLong: true })
  const code = 'context_length_exceeded'
  const message = expect.stringContaining('maximum context length') as string
  const begun: readonly AnswerPart[] = [
    { type: 'start' },
    { type: 'block-start', index: 0, block: { kind: 'text' } },
    { type: 'text-delta', index: 0, text: 'Well' },
  ]

  test('where it was written here, by the answer that it began', async () => {
    const sent = writeAll(openaiResponses.streamWriter({ ...about, asked: { temperature: 1 } }), begun)
    const broken = { about, lastSent: sent.at(-1) ?? null, named: null }
    const all = join([...sent, openaiResponses.writeStreamError(tooLong, broken)])
    const [created, ...others] = eventsOf(all)
    expect(others.slice(-2)).toMatchObject([
      { type: 'error', code, message, param: null, error: { code, message } },
      {
        type: 'response.failed',
        response: {
          ...{ id: 'resp_1', object: 'response', status: 'failed', error: { code, message } },
          ...{ output: [], usage: null, incomplete_details: null, model: about.model, tools: [] },
        },
      },
    ])
    expect(created).toMatchObject({ response: { id: 'resp_1', created_at: about.createdAtS } })
    expect(eventsOf(all).map((event) => event['sequence_number'])).toEqual(eventsOf(all).map((_, at) => at))
    await expect(readByClient(all)).rejects.toThrow('maximum context length')
  })

  test('by its writer, with the request', async () => {
    const asked = { temperature: 1, instructions: 'Be brief.' }
    const bytes = join(
      writeAll(openaiResponses.streamWriter({ ...about, asked }), [
        ...begun,
        { type: 'error', error: { name: 'overloaded', message: 'full' } },
      ]),
    )
    const error = { code: 'overloaded', message: 'full' }
    expect(eventsOf(bytes).slice(-2)).toMatchObject([
      { type: 'error', ...error },
      { type: 'response.failed', response: { ...asked, id: 'resp_1', status: 'failed', error } },
    ])
    expect(eventsOf(bytes).map((event) => event['sequence_number'])).toEqual(
      eventsOf(bytes).map((_, at) => at),
    )
    await expect(readByClient(bytes)).rejects.toThrow('full')
    expect(writeAll(openaiResponses.streamWriter(about), begun).map(decode).join('')).not.toContain(
      'response.completed',
    )
  })

  const created = {
    type: 'response.created',
    response: { id: 'resp_theirs', created_at: 7, model: 'gpt-4.1' },
  }
  const relay = (...events: readonly object[]) => {
    const reader = createStreamReader({ mode: 'relay', hideUsage: false })
    const text = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')
    const frames = reader.push(encoder.encode(text))
    return { reader, last: frames.at(-1)?.bytes ?? new Uint8Array(), text }
  }

  test("in the vendor's own frames, by the vendor's own name", async () => {
    const vendors = { type: 'error', error: { type: 'x', code, message: 'Too long' }, sequence_number: 4 }
    const { reader, last, text } = relay(created, vendors)
    expect(decode(last).startsWith(`data: ${JSON.stringify(vendors)}\n\n`)).toBe(true)
    expect(eventsOf(last).at(-1)).toMatchObject({
      type: 'response.failed',
      sequence_number: 5,
      response: {
        ...{ id: 'resp_theirs', created_at: 7, model: 'gpt-4.1', status: 'failed' },
        error: { code, message: 'Too long' },
      },
    })
    // Whether the vendor keeps the answer is not known here.
    expect(eventsOf(last).at(-1)?.['response']).not.toHaveProperty('store')
    await expect(readByClient(encoder.encode(text))).rejects.toThrow('Too long')
    const { named = null } = reader
    const own = openaiResponses.writeStreamError(tooLong, { about, lastSent: encoder.encode(text), named })
    expect(eventsOf(own)).toMatchObject([
      { type: 'error', sequence_number: 5 },
      { type: 'response.failed', sequence_number: 6, response: { id: 'resp_theirs', created_at: 7 } },
    ])
  })

  test('but a response that failed says all, and none can fail that was never named', () => {
    for (const events of [
      [created, { type: 'response.failed', response: { id: 'resp_theirs', error }, sequence_number: 4 }],
      [{ type: 'error', error, sequence_number: 0 }],
    ]) {
      expect(eventsOf(relay(...events).last)).toEqual(events.slice(-1))
    }
    expect(eventsOf(openaiResponses.writeStreamError(tooLong))).toMatchObject([{ type: 'error' }])
  })
})
