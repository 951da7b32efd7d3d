import { expect, it } from 'vitest'

import { dialects, encodeJson, refusal } from '../testing/dialects-for-tests.ts'

const scan = (body: unknown, stream = false) => dialects.bedrockConverse.scanRequest(encodeJson(body), stream)
const hi = { role: 'user', content: [{ text: 'hi' }] }

it('reads what routing needs; model and streaming stand in the path', () => {
  const scanned = scan({ messages: [hi] }, true)
  expect(scanned).toMatchObject({ model: null, stream: true, modelSpan: null })
  expect(scanned.needs).toEqual({
    tools: false,
    images: false,
    documents: false,
    streaming: true,
    jsonSchema: false,
    reasoning: false,
    inputTokensEstimate: Math.ceil(scanned.bytes.length / 4),
  })
})

it('sees the abilities that a request asks for, within tool results too', () => {
  const needs = (more: object) => scan({ messages: [hi], ...more }).needs
  const user = (...content: object[]) => ({ messages: [{ role: 'user', content }] })
  const bytes = 'A'.repeat(40_000)
  expect(needs({ toolConfig: { tools: [{ toolSpec: {} }] } }).tools).toBe(true)
  expect(needs(user({ toolUse: {} })).tools).toBe(true)
  const result = needs(
    user({
      toolResult: { content: [{ image: { source: { bytes } } }, { document: { source: { bytes } } }] },
    }),
  )
  expect(result).toMatchObject({ tools: true, images: true, documents: true })
  expect(result.inputTokensEstimate).toBeLessThan(3_200)
  expect(needs({ outputConfig: { textFormat: { type: 'json_schema' } } }).jsonSchema).toBe(true)
  const fields = (additionalModelRequestFields: object) => needs({ additionalModelRequestFields }).reasoning
  expect(fields({ thinking: { type: 'enabled', budget_tokens: 2_000 } })).toBe(true)
  expect(fields({ thinking: { type: 'disabled' } })).toBe(false)
  expect(fields({ reasoningConfig: { type: 'enabled', maxReasoningEffort: 'low' } })).toBe(true)
  expect(fields({ top_k: 5 })).toBe(false)
})

it('names the field that is wrong', () => {
  const cases: readonly (readonly [unknown, string])[] = [
    [{}, 'messages'],
    [{ messages: {} }, 'messages'],
    [{ messages: [1] }, 'messages[0]'],
    [{ messages: [{ role: 'user', content: 'hi' }] }, 'messages[0].content'],
    [{ messages: [{ role: 'user', content: ['hi'] }] }, 'messages[0].content[0]'],
  ]
  for (const [body, field] of cases) {
    const error = refusal(() => scan(body))
    expect([error.code, error.details.field]).toEqual(['invalid_request', field])
  }
})

it('passes its bytes on untouched', () => {
  const scanned = scan({ messages: [hi], unknown: 12345 })
  const passed = dialects.bedrockConverse.passRequest(scanned, { upstreamId: 'x' } as never)
  expect(passed.body).toBe(scanned.bytes)
  expect(passed.hideUsage).toBe(false)
})
