import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Simulator } from '../simulator.ts'
import { apiKey, postGemini, refused, startGemini, userSays } from '../testing/gemini-calls.ts'
import type { GeminiError } from '../testing/gemini-calls.ts'
import { embedder, third } from '../testing/gemini-models.ts'

let simulator: Simulator

beforeAll(async () => {
  simulator = await startGemini()
})
afterAll(async () => {
  await simulator.close()
})

function generate(body: unknown, model = third): Promise<Response> {
  return postGemini(simulator, `${model}:generateContent`, body)
}

function refusal(body: unknown, model = third): Promise<GeminiError['error']> {
  return refused(generate(body, model))
}

const hello = userSays('Hello')

function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${simulator.url}${path}`, { headers })
}

describe('who is let in, and where', () => {
  const call = `${third}:generateContent`

  test('a key in the header or in the query; a wrong one is a 400, none a 403', async () => {
    expect((await generate(hello)).status).toBe(200)
    expect((await postGemini(simulator, `${call}?key=${apiKey}`, hello, {})).status).toBe(200)
    const entry = simulator.ledger().at(-1)
    expect(entry?.authorization).toEqual({ kind: 'apiKey', keyId: null })
    expect(JSON.stringify(simulator.ledger())).not.toContain(apiKey)
    const wrong = await refused(postGemini(simulator, call, hello, { 'x-goog-api-key': 'wrong' }))
    expect(wrong).toMatchObject({ code: 400, status: 'INVALID_ARGUMENT' })
    expect(wrong.details?.[0]).toMatchObject({ reason: 'API_KEY_INVALID', domain: 'googleapis.com' })
    expect(await refused(postGemini(simulator, call, hello, {}))).toMatchObject({
      code: 403,
      status: 'PERMISSION_DENIED',
    })
    const bearer = await refused(postGemini(simulator, call, hello, { authorization: 'Bearer x' }))
    expect(bearer).toMatchObject({ code: 401, status: 'UNAUTHENTICATED' })
  })

  test('models that are unknown, or another vendor’s, or for something else', async () => {
    for (const model of ['gemini-9', 'eu.amazon.nova-pro-v1:0', embedder]) {
      const error = await refusal(hello, encodeURIComponent(model))
      expect(error).toMatchObject({ code: 404, status: 'NOT_FOUND' })
      expect(error.message).toBe(
        `models/${model} is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see the list of available models and their supported methods.`,
      )
    }
    expect(await refused(postGemini(simulator, `${third}:embedContent`, {}))).toMatchObject({ code: 404 })
  })

  test('paths that lead nowhere', async () => {
    for (const path of [`${third}:predict`, third, `${third}:generateContent/more`]) {
      expect(await refused(postGemini(simulator, path, hello))).toMatchObject({
        code: 404,
        status: 'NOT_FOUND',
      })
    }
  })

  test('what lies below /v1 is this API’s where the key comes as its own', async () => {
    const key = { 'x-goog-api-key': apiKey }
    expect(await (await get('/v1/models', key)).json()).toMatchObject({ models: [{}, {}, {}, {}] })
    expect((await get(`/v1/models/${third}`, key)).status).toBe(200)
    expect(await (await get('/v1/models')).json()).not.toHaveProperty('models')
    expect(await (await get('/v1/cachedContents', key)).json()).toMatchObject({
      error: { status: 'NOT_FOUND' },
    })
  })

  test('verbs under /v1, and with an encoded colon', async () => {
    const post = (path: string): Promise<Response> =>
      fetch(`${simulator.url}${path}`, {
        method: 'POST',
        body: JSON.stringify(hello),
        headers: { 'x-goog-api-key': apiKey },
      })
    expect((await post(`/v1/models/${third}:generateContent`)).status).toBe(200)
    expect((await post(`/v1beta/models/${third}%3AgenerateContent`)).status).toBe(200)
    expect((await refused(post('/v1/models/gemini-9:generateContent'))).message).toContain('API version v1,')
  })
})
