import { expect, it } from 'vitest'

import { decode, dialects, encode, encodeJson, refusal } from '../testing/dialects-for-tests.ts'

const scan = (body: unknown, stream: boolean | null = null) =>
  dialects.openaiChat.scanRequest(encodeJson(body), stream)
const hi = { role: 'user', content: 'hi' }

it('reads what routing needs', () => {
  const scanned = scan({ model: 'use-case/clinical', messages: [hi], stream: true })
  expect(scanned.model).toBe('use-case/clinical')
  expect(scanned.stream).toBe(true)
  expect(scanned.needs).toEqual({
    tools: false,
    images: false,
    documents: false,
    streaming: true,
    jsonSchema: false,
    reasoning: false,
    inputTokensEstimate: Math.ceil(scanned.bytes.length / 4),
  })
  const span = scanned.modelSpan
  expect(span === null ? '' : decode(scanned.bytes.subarray(span.start, span.end))).toBe(
    '"use-case/clinical"',
  )
  expect(scan({ messages: [hi] })).toMatchObject({ model: null, stream: false, modelSpan: null })
})

it('sees the abilities that a request asks for', () => {
  const tool = { type: 'function', function: { name: 'f' } }
  const needs = (more: object) => scan({ messages: [hi], ...more }).needs
  expect(needs({ tools: [tool] }).tools).toBe(true)
  expect(needs({ tools: [tool], tool_choice: 'none' }).tools).toBe(false)
  expect(needs({ messages: [hi, { role: 'tool', tool_call_id: 'a', content: 'b' }] }).tools).toBe(true)
  expect(needs({ messages: [{ role: 'assistant', tool_calls: [{}] }] }).tools).toBe(true)
  expect(needs({ response_format: { type: 'json_schema' } }).jsonSchema).toBe(true)
  expect(needs({ response_format: { type: 'text' } }).jsonSchema).toBe(false)
  expect(needs({ reasoning_effort: 'low' }).reasoning).toBe(true)
  expect(needs({ reasoning_effort: 'none' }).reasoning).toBe(false)
})

it('counts media, and not as text', () => {
  const data = 'A'.repeat(400_000)
  const content = [
    { type: 'text', text: 'what is this?' },
    { type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } },
    { type: 'file', file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${data}` } },
  ]
  const { needs } = scan({ messages: [{ role: 'user', content }] })
  expect(needs).toMatchObject({ images: true, documents: true })
  expect(needs.inputTokensEstimate).toBeGreaterThan(3_000)
  expect(needs.inputTokensEstimate).toBeLessThan(4_000)
})

it('says which field is wrong and what it should be', () => {
  const said = (body: unknown) => refusal(() => scan(body))
  const cases: readonly (readonly [unknown, string])[] = [
    [{}, 'messages'],
    [{ messages: [] }, 'messages'],
    [{ messages: 'hi' }, 'messages'],
    [{ messages: ['hi'] }, 'messages[0]'],
    [{ messages: [hi, { role: 'user', content: 7 }] }, 'messages[1].content'],
    [{ messages: [{ role: 'user', content: ['x'] }] }, 'messages[0].content[0]'],
    [{ messages: [hi], model: 7 }, 'model'],
    [{ messages: [hi], model: ' ' }, 'model'],
    [{ messages: [hi], stream: 'yes' }, 'stream'],
  ]
  for (const [body, field] of cases) {
    const error = said(body)
    expect(error.code).toBe('invalid_request')
    expect(error.details.field).toBe(field)
    expect(error.message).toContain(`\`${field}\` must`)
  }
  expect(refusal(() => dialects.openaiChat.scanRequest(encode('no'), null)).code).toBe('invalid_json')
})

it('lets the path decide about streaming where it says so', () => {
  expect(scan({ messages: [hi], stream: false }, true).stream).toBe(true)
})
