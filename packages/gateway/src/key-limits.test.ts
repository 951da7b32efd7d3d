import { keyId, type Key } from '@pointsman/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { limitHeaders } from './limit-headers.ts'
import { startGateway, type RunningGateway } from './testing/running-gateway.ts'

const lite = 'eu.amazon.nova-lite-v1:0'
const pro = 'eu.amazon.nova-pro-v1:0'

let gateway: RunningGateway
beforeAll(async () => {
  gateway = await startGateway()
  const { digest } = gateway.options.authentication
  await gateway.publish((entries) => {
    const clinic = entries.keys.find(({ id }) => id === keyId('clinic'))
    if (clinic === undefined) throw new Error('there is no key to go by')
    const key = (id: string, limits: Partial<Key>): Key => ({
      ...{ ...clinic, id: keyId(id), name: id, digest: digest(id), routes: null },
      ...{ requestsPerMinute: null, ...limits },
    })
    return {
      ...entries,
      prices: entries.prices.filter(({ modelId }) => modelId !== lite),
      keys: [
        ...entries.keys,
        key('told', { requestsPerMinute: 50, tokensPerMinute: 100_000 }),
        key('spent', { requestsPerMinute: 1 }),
        key('saving', { spendPerDayNanoUsd: 1_000_000_000 }),
        key('poor', { spendPerDayNanoUsd: 1 }),
        key('free', {}),
      ],
    }
  })
})
afterAll(() => gateway.close())

/** Counts are of a UTC minute: a test that compares two of them begins well before its end. */
async function wellBeforeTheEndOfAMinute(): Promise<void> {
  const leftMs = 60_000 - (Date.now() % 60_000)
  if (leftMs < 15_000) await new Promise((resolve) => setTimeout(resolve, leftMs))
}

const messages = [{ role: 'user', content: 'Hello' }]
/** One request at each face, for the same model. */
const faces: { readonly [face: string]: (model: string) => readonly [path: string, body: object] } = {
  openai: (model) => ['/v1/chat/completions', { model, messages, max_tokens: 20 }],
  responses: (model) => ['/v1/responses', { model, input: 'Hello', max_output_tokens: 20 }],
  anthropic: (model) => ['/v1/messages', { model, messages, max_tokens: 20 }],
  bedrock: (model) => [
    `/model/${encodeURIComponent(model)}/converse`,
    { messages: [{ role: 'user', content: [{ text: 'Hello' }] }] },
  ],
  gemini: (model) => [
    `/v1beta/models/${encodeURIComponent(model)}:generateContent`,
    { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] },
  ],
}

async function ask(face: string, key: string, model = pro) {
  const [path, body] = faces[face]?.(model) ?? ['', {}]
  const answer = await fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return {
    status: answer.status,
    headers: answer.headers,
    json: (await answer.json()) as { readonly [field: string]: unknown },
  }
}

const named = (headers: Headers): readonly string[] =>
  [...headers.keys()].filter((name) => name.includes('ratelimit'))

describe('how a key stands is told in the form of the face', () => {
  test.each(['openai', 'responses'])('%s', async (face) => {
    await wellBeforeTheEndOfAMinute()
    const first = await ask(face, 'told')
    expect(first.status).toBe(200)
    expect(first.headers.get('x-ratelimit-limit-requests')).toBe('50')
    expect(first.headers.get('x-ratelimit-limit-tokens')).toBe('100000')
    expect(first.headers.get('x-ratelimit-reset-requests')).toMatch(/^(\d+ms|\d+s|1m0s)$/)
    const left = async () => {
      const { headers } = await ask(face, 'told')
      return ['requests', 'tokens'].map((kind) => Number(headers.get(`x-ratelimit-remaining-${kind}`)))
    }
    const [before, after] = [await left(), await left()]
    expect((before[0] ?? 0) - (after[0] ?? 0)).toBe(1)
    expect(before[1]).toBeGreaterThan(after[1] ?? 0)
    expect(after[1]).toBeGreaterThan(90_000)
  })

  test('anthropic', async () => {
    const { headers } = await ask('anthropic', 'told')
    expect(headers.get('anthropic-ratelimit-requests-limit')).toBe('50')
    expect(Number(headers.get('anthropic-ratelimit-requests-remaining'))).toBeLessThan(50)
    expect(headers.get('anthropic-ratelimit-tokens-reset')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:00Z$/)
    expect(named(headers).filter((name) => name.startsWith('x-'))).toEqual([])
  })

  test('not where the vendor has none, and not for a key without limits', async () => {
    for (const [face, key] of [
      ['bedrock', 'told'],
      ['gemini', 'told'],
      ['openai', 'free'],
    ] as const)
      expect(named((await ask(face, key)).headers)).toEqual([])
  })

  test('spans as Go writes them', () => {
    const told = (resetMs: number) =>
      limitHeaders('openai-chat', [{ kind: 'requests', limit: 5, remaining: 2, resetMs }], 0).at(-1)
    expect([told(12), told(999), told(6_000), told(59_001), told(60_000)]).toEqual([
      ...['12ms', '999ms', '6s', '1m0s', '1m0s'],
    ])
  })
})

test('a limit that is reached is 429 with Retry-After in the form of each face', async () => {
  await wellBeforeTheEndOfAMinute()
  await ask('openai', 'spent')
  const forms: { readonly [face: string]: object } = {
    openai: { error: { type: 'rate_limit_error', code: 'limit_reached' } },
    responses: { error: { type: 'rate_limit_error', code: 'limit_reached' } },
    anthropic: { type: 'error', error: { type: 'rate_limit_error' } },
    bedrock: { message: expect.stringContaining('1 requests of this minute') as string },
    gemini: { error: { code: 429, status: 'RESOURCE_EXHAUSTED' } },
  }
  for (const [face, form] of Object.entries(forms)) {
    const { headers, json, status } = await ask(face, 'spent')
    expect([face, status]).toEqual([face, 429])
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    expect(json).toMatchObject(form)
    if (face === 'bedrock') expect(headers.get('x-amzn-errortype')).toBe('ThrottlingException')
    if (face === 'openai') expect(headers.get('x-ratelimit-remaining-requests')).toBe('0')
    if (face === 'anthropic') expect(headers.get('anthropic-ratelimit-requests-remaining')).toBe('0')
  }
})

test('a key whose spend is limited gets 429 for a model of unknown price, and another model where one can serve', async () => {
  for (const face of Object.keys(faces)) {
    const { headers, json, status } = await ask(face, 'saving', lite)
    expect([face, status]).toEqual([face, 429])
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    expect(JSON.stringify(json)).toMatch(/price/)
  }
  expect((await ask('openai', 'free', lite)).status).toBe(200)
  const health = await ask('openai', 'saving', 'use-case/health')
  expect([health.status, health.headers.get('x-pointsman-model') === lite]).toEqual([200, false])
})

test('a member that makes the most that a request may use huge does not open a limit that is used up', async () => {
  const [path, body] = faces['openai']?.(pro) ?? ['', {}]
  const status = async (more: object): Promise<number> => {
    const headers = { authorization: 'Bearer poor', 'content-type': 'application/json' }
    const answer = await fetch(`${gateway.url}${path}`, {
      ...{ method: 'POST', headers, body: JSON.stringify({ ...body, ...more }) },
    })
    await answer.arrayBuffer()
    return answer.status
  }
  expect(await status({})).toBe(200)
  for (const n of [1, 1e12, Number.MAX_SAFE_INTEGER]) expect([n, await status({ n })]).toEqual([n, 429])
})
