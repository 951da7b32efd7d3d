import { noUsage, unknownUsage } from '@pointsman/contract'
import type { EmbedCall } from '@pointsman/contract'
import fc from 'fast-check'
import OpenAI from 'openai'
import { expect, it } from 'vitest'

import { about, decode, decodeJson, encodeJson, refusal, target } from '../testing/dialects-for-tests.ts'
import { openaiEmbeddings as form } from './index.ts'

const ada = target({ upstreamId: 'text-embedding-3-small' })
const scan = (body: object) => form.scanRequest(encodeJson(body), null)
const read = (body: object): EmbedCall => form.readRequest(scan(body))
const written = (call: EmbedCall) => {
  const { body, warnings } = form.writeRequest(call, ada)
  return { body: decodeJson(body), warnings }
}

it('reads one text and many', () => {
  expect(read({ model: 'm', input: 'Grüße' })).toEqual({
    inputs: ['Grüße'],
    inputField: 'input',
    dimensions: null,
    encoding: 'float',
    purpose: null,
    extras: {},
  })
  expect(
    read({ model: 'm', input: ['a', 'b'], dimensions: 256, encoding_format: 'base64', user: 'u' }),
  ).toEqual({
    inputs: ['a', 'b'],
    inputField: 'input',
    dimensions: 256,
    encoding: 'base64',
    purpose: null,
    extras: { user: 'u' },
  })
})

it.each([
  [{}, 'input'],
  [{ input: 7 }, 'input'],
  [{ input: '' }, 'input'],
  [{ input: [] }, 'input'],
  [{ input: ['a', null] }, 'input[1]'],
  [{ input: ['a', ''] }, 'input[1]'],
  [{ input: ['a', { text: 'b' }] }, 'input[1]'],
  [{ input: 'a', model: 7 }, 'model'],
  [{ input: 'a', dimensions: 0 }, 'dimensions'],
  [{ input: 'a', dimensions: 1.5 }, 'dimensions'],
  [{ input: 'a', encoding_format: 'int8' }, 'encoding_format'],
])('refuses %j for its %s', (body, field) => {
  expect(refusal(() => read({ model: 'm', ...body }))).toMatchObject({
    code: 'invalid_request',
    details: { field },
  })
})

it('sends lists of tokens to OpenAI as they are, and to nobody else', () => {
  for (const input of [
    [1, 2, 3],
    [[1, 2], [3]],
  ]) {
    const scanned = scan({ input, model: 'm' })
    expect(decodeJson(form.passRequest(scanned, ada).body)).toEqual({ input, model: ada.upstreamId })
    expect(refusal(() => form.readRequest(scanned)).code).toBe('unsupported_parameter')
  }
})

it('writes what OpenAI takes, and warns of the rest', () => {
  expect(written(read({ model: 'm', input: ['a'], dimensions: 8, user: 'u', truncate: 'END' }))).toEqual({
    body: {
      user: 'u',
      model: 'text-embedding-3-small',
      input: ['a'],
      encoding_format: 'float',
      dimensions: 8,
    },
    warnings: ['truncate: the API of this model has no such field; it was left out'],
  })
  expect(written({ ...read({ input: 'a' }), purpose: 'query' }).warnings).toHaveLength(1)
})

const answer = (data: unknown, usage?: object) => encodeJson({ object: 'list', data, usage })

it('reads vectors in the order of their index, as numbers or packed', () => {
  const packed = 'AACAPwAAAMA='
  const result = form.readResult(
    answer(
      [
        { index: 1, embedding: packed },
        { index: 0, embedding: [0.5, 3] },
      ],
      { prompt_tokens: 7, total_tokens: 7 },
    ),
  )
  expect(result).toEqual({
    vectors: [
      [0.5, 3],
      [1, -2],
    ],
    finish: null,
    usage: { ...noUsage, inputTokens: 7 },
  })
  expect(form.readResult(answer([{ embedding: [1] }])).usage).toEqual(unknownUsage)
})

it.each([
  undefined,
  [7],
  [{}],
  [{ embedding: [] }],
  [{ embedding: ['a'] }],
  [{ embedding: 'AAA' }],
  [{ embedding: '??' }],
  [
    { index: 0, embedding: [1] },
    { index: 0, embedding: [1] },
  ],
  [{ index: 1, embedding: [1] }],
])('calls an answer broken that is no list of vectors: %j', (data) => {
  expect(refusal(() => form.readResult(answer(data))).code).toBe('upstream_broken')
})

it('packs every vector so that the official client reads the same 32-bit numbers', async () => {
  const float = fc.float({ noNaN: true, noDefaultInfinity: true })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(float, { minLength: 1 }), { minLength: 1 }), async (vectors) => {
      const result = { vectors, finish: null, usage: { ...noUsage, inputTokens: 1 } }
      const bytes = form.writeResult(result, { ...about, vectorEncoding: 'base64' })
      // The client asks for base64 by itself and unpacks it.
      const client = new OpenAI({
        apiKey: 'k',
        fetch: () =>
          Promise.resolve(new Response(decode(bytes), { headers: { 'content-type': 'application/json' } })),
      })
      const got = await client.embeddings.create({ model: 'm', input: vectors.map(() => 'a') })
      expect(got.data.map((one) => one.embedding)).toEqual(vectors)
      expect(got.usage).toEqual({ prompt_tokens: 1, total_tokens: 1 })
      expect(form.readResult(bytes)).toEqual(result)
    }),
    { numRuns: 50 },
  )
})

it('writes numbers where the caller asked for numbers, and a usage of zero where it is unknown, which typed clients must have', () => {
  const result = { vectors: [[0.1, 2]], finish: null, usage: unknownUsage }
  expect(decodeJson(form.writeResult(result, about))).toEqual({
    object: 'list',
    data: [{ object: 'embedding', index: 0, embedding: [0.1, 2] }],
    model: about.model,
    usage: { prompt_tokens: 0, total_tokens: 0 },
  })
})
