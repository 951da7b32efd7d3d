import { GoogleGenAI } from '@google/genai'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { FaultEffect } from '../faults/rule.ts'
import type { Simulator } from '../simulator.ts'
import {
  answered,
  apiKey,
  eventsOf,
  partsOf,
  postGemini,
  refused,
  startGemini,
  userSays,
  wordsOf,
} from '../testing/gemini-calls.ts'
import type { GeminiResponse } from '../testing/gemini-calls.ts'
import { second, third } from '../testing/gemini-models.ts'

let simulator: Simulator
let client: GoogleGenAI

beforeAll(async () => {
  simulator = await startGemini()
  client = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: simulator.url } })
})
afterAll(async () => {
  expect(simulator.ledger().filter((entry) => entry.failure !== null)).toEqual([])
  await simulator.close()
})
afterEach(() => {
  simulator.clear()
})

const call = `${third}:generateContent`
const streamCall = `${third}:streamGenerateContent?alt=sse`
const hello = userSays('Tell me about points and signals.')

function once(effect: FaultEffect): void {
  simulator.script({ times: 1, effect })
}

/** The pieces that the official SDK gives, and the error that ended them, if one did. */
async function streamed(): Promise<{ readonly words: readonly string[]; readonly error: Error | null }> {
  const words: string[] = []
  try {
    const stream = await client.models.generateContentStream({
      model: third,
      contents: 'Tell me about points.',
    })
    for await (const piece of stream) words.push(piece.text ?? '')
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return { words, error }
  }
  return { words, error: null }
}

describe('refusals', () => {
  const statuses = [
    ['INVALID_ARGUMENT', 400],
    ['FAILED_PRECONDITION', 400],
    ['UNAUTHENTICATED', 401],
    ['PERMISSION_DENIED', 403],
    ['NOT_FOUND', 404],
    ['RESOURCE_EXHAUSTED', 429],
    ['CANCELLED', 499],
    ['INTERNAL', 500],
    ['UNAVAILABLE', 503],
    ['DEADLINE_EXCEEDED', 504],
  ] as const
  test.each(statuses)('%s is a %i', async (name, code) => {
    once({ error: { name, message: `scripted ${name}` } })
    expect(await refused(postGemini(simulator, call, hello))).toEqual({
      code,
      message: `scripted ${name}`,
      status: name,
    })
    once({ error: { name } })
    await expect(client.models.generateContent({ model: third, contents: 'x' })).rejects.toMatchObject({
      status: code,
    })
    await expect
      .poll(() => simulator.ledger().at(-1))
      .toMatchObject({ status: code, errorName: name, usage: null })
  })

  test('throttle names the quota and tells how long to wait', async () => {
    once({ throttle: 'tokens', retryAfter: 7 })
    const response = await postGemini(simulator, call, hello)
    expect(response.headers.get('retry-after')).toBe('7')
    const { error } = (await response.json()) as { error: { message: string; details: readonly unknown[] } }
    expect(error.message).toContain('input_token_count')
    expect(error.details).toHaveLength(3)
    expect(error.details[2]).toEqual({
      '@type': 'type.googleapis.com/google.rpc.RetryInfo',
      retryDelay: '7s',
    })
  })

  test('any status and body at all', async () => {
    once({
      status: { code: 502, body: '<html>Bad Gateway</html>', headers: { 'content-type': 'text/html' } },
    })
    const response = await postGemini(simulator, call, hello)
    expect([response.status, response.headers.get('content-type')]).toEqual([502, 'text/html'])
    expect(await response.text()).toBe('<html>Bad Gateway</html>')
  })

  test('rules match by model and operation, and act on every operation', async () => {
    simulator.script({ match: { model: 'gemini-2.5*', operation: '*-content' }, effect: { throttle: true } })
    expect((await postGemini(simulator, call, hello)).status).toBe(200)
    expect((await postGemini(simulator, `${second}:generateContent`, hello)).status).toBe(429)
    expect((await postGemini(simulator, `${second}:countTokens`, hello)).status).toBe(200)
    simulator.clear()
    simulator.script({
      match: { region: 'global', operation: 'gemini-count-tokens' },
      effect: { error: { name: 'INTERNAL' } },
    })
    expect((await postGemini(simulator, `${second}:countTokens`, hello)).status).toBe(500)
  })
})

describe('answers that end for a reason of their own', () => {
  test('a blocked prompt has no candidates, whole or streamed', async () => {
    once({ blockReason: 'SAFETY' })
    const whole = await answered(postGemini(simulator, call, hello))
    expect(whole.promptFeedback).toEqual({ blockReason: 'SAFETY' })
    expect(whole).not.toHaveProperty('candidates')
    expect(whole.usageMetadata).not.toHaveProperty('candidatesTokenCount')
    once({ blockReason: 'SAFETY' })
    const events = eventsOf(await (await postGemini(simulator, streamCall, hello)).text())
    expect(events.map((event) => [event.promptFeedback, event.candidates])).toEqual([
      [{ blockReason: 'SAFETY' }, undefined],
    ])
  })

  test('a flagged answer has no content; a stream keeps what it had told', async () => {
    once({ finishReason: 'SAFETY' })
    const [whole] = (await answered(postGemini(simulator, call, hello))).candidates ?? []
    expect(whole).toMatchObject({
      content: { role: 'model' },
      finishReason: 'SAFETY',
      safetyRatings: [{ blocked: true }],
    })
    expect(whole?.content).not.toHaveProperty('parts')
    once({ finishReason: 'SAFETY' })
    const events = eventsOf(await (await postGemini(simulator, streamCall, hello)).text())
    expect(events.map(wordsOf).join('')).not.toBe('')
    expect(events.at(-1)?.candidates?.[0]?.finishReason).toBe('SAFETY')
  })

  test('a malformed call is not told', async () => {
    const tools = [{ functionDeclarations: [{ name: 'get_time' }] }]
    once({ finishReason: 'MALFORMED_FUNCTION_CALL' })
    const answer = await answered(postGemini(simulator, call, { ...userSays('Use get_time'), tools }))
    expect(partsOf(answer)).toEqual([])
    expect(answer.candidates?.[0]).toMatchObject({
      finishReason: 'MALFORMED_FUNCTION_CALL',
      finishMessage: expect.stringContaining('Malformed function call') as string,
    })
  })
})

describe('breaks in a stream', () => {
  test.each([0, 1, 3])('cutAfterChunks %i breaks the connection after exactly so many', async (n) => {
    once({ cutAfterChunks: n })
    const { words, error } = await streamed()
    expect([words.length, error === null]).toEqual([n, false])
    expect(simulator.ledger().at(-1)).toMatchObject({ chunks: n, status: 200, usage: null })
  })

  test('endAfterChunks ends as if all was told, but for the reason', async () => {
    once({ endAfterChunks: 2 })
    const events = eventsOf(await (await postGemini(simulator, streamCall, hello)).text())
    expect(events.map((event) => event.candidates?.[0]?.finishReason)).toEqual([undefined, undefined])
    once({ endAfterChunks: 2 })
    const array = await (await postGemini(simulator, `${third}:streamGenerateContent`, hello)).text()
    expect(() => JSON.parse(array) as unknown).toThrow(SyntaxError)
    expect(JSON.parse(`${array}]`)).toHaveLength(2)
  })

  test('an error in the middle comes as a piece of its own', async () => {
    once({ exceptionAfterChunks: { n: 2, name: 'UNAVAILABLE', message: 'in the middle' } })
    const { words, error } = await streamed()
    expect(words).toHaveLength(2)
    expect(error).toMatchObject({
      name: 'ApiError',
      status: 503,
      message: expect.stringContaining('in the middle') as string,
    })
    once({ exceptionAfterChunks: { n: 1, name: 'RESOURCE_EXHAUSTED' } })
    const array = await (await postGemini(simulator, `${third}:streamGenerateContent`, hello)).json()
    expect(array).toMatchObject([
      { candidates: [{}] },
      { error: { code: 429, status: 'RESOURCE_EXHAUSTED' } },
    ])
    once({ exceptionAfterChunks: { n: 0, name: 'INTERNAL' } })
    expect(await (await postGemini(simulator, `${third}:streamGenerateContent`, hello)).json()).toMatchObject(
      [{ error: { code: 500 } }],
    )
  })

  test('an error in the middle of a whole answer is its status', async () => {
    once({ exceptionAfterChunks: { n: 2, name: 'UNAVAILABLE' } })
    expect((await postGemini(simulator, call, hello)).status).toBe(503)
  })

  test('garbageJson does not parse; malformedFrame is no event of its own', async () => {
    once({ garbageJson: { n: 2 } })
    expect((await streamed()).error).not.toBeNull()
    once({ malformedFrame: { n: 1 } })
    const body = await (await postGemini(simulator, streamCall, hello)).text()
    expect(body.split('\r\n\r\n')[1]).toMatch(/^dat: /)
  })

  test('withoutMetadata tells the reason and no usage at all', async () => {
    once({ withoutMetadata: true })
    const events = eventsOf(await (await postGemini(simulator, streamCall, hello)).text())
    expect(events.some((event) => event.usageMetadata !== undefined)).toBe(false)
    expect(events.at(-1)?.candidates?.[0]?.finishReason).toBe('STOP')
    await expect.poll(() => simulator.ledger().at(-1)).toMatchObject({ usage: null, finished: true })
    once({ withoutMetadata: true })
    expect(await answered(postGemini(simulator, call, hello))).not.toHaveProperty('usageMetadata')
  })

  test('a given answer, in so many pieces, cut anywhere', async () => {
    const text = 'Weiß 👩‍👩‍👧 né 日本語 '.repeat(6)
    for (const chunkBytes of [1, 7, 64]) {
      once({ chunkBytes, answer: { text, pieces: 40 } })
      const { words, error } = await streamed()
      expect(error).toBeNull()
      expect(words.join('')).toBe(text)
    }
    expect(simulator.ledger().at(-1)).toMatchObject({ chunks: 40, tokens: Math.ceil(text.length / 4) })
  })

  test('a stall never ends, and the ledger sees the client leave', async () => {
    once({ stallAfterChunks: 1 })
    const response = await postGemini(simulator, streamCall, hello)
    const reader = response.body?.getReader()
    const first: { value?: Uint8Array } | undefined = await reader?.read()
    expect(first?.value?.length).toBeGreaterThan(50)
    await reader?.cancel()
    await expect
      .poll(() => simulator.ledger().at(-1))
      .toMatchObject({ clientLeft: true, chunks: 1, finished: false })
  })

  test('delays come before anything, and between chunks', async () => {
    const began = performance.now()
    once({ delayMs: 60, slowChunksMs: 20, answer: { text: 'a b c d', pieces: 4 } })
    const events: readonly GeminiResponse[] = eventsOf(
      await (await postGemini(simulator, streamCall, hello)).text(),
    )
    expect(events.map(wordsOf).join('')).toBe('a b c d')
    expect(performance.now() - began).toBeGreaterThan(110)
  })
})
