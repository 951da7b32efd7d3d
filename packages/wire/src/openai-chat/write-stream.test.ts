import type { AnswerPart } from '@pointsman/contract'
import { unknownUsage } from '@pointsman/contract'
import OpenAI from 'openai'
import { expect, it } from 'vitest'

import { about, decode, dialects } from '../testing/dialects-for-tests.ts'
import { everyCut, join } from '../testing/cut.ts'
import { gathered, partsOf, readAll, writeAll } from '../testing/read-all.ts'

const { openaiChat } = dialects

const parts: readonly AnswerPart[] = [
  { type: 'start' },
  { type: 'block-start', index: 0, block: { kind: 'reasoning' } },
  { type: 'reasoning-delta', index: 0, text: 'hm' },
  { type: 'reasoning-signature', index: 0, signature: { signer: 'openai', value: 'sig' } },
  { type: 'block-end', index: 0 },
  { type: 'block-start', index: 1, block: { kind: 'text' } },
  { type: 'text-delta', index: 1, text: 'Grüße ' },
  { type: 'text-delta', index: 1, text: '👩‍👩‍👧 e\u0301\n' },
  { type: 'block-end', index: 1 },
  { type: 'block-start', index: 2, block: { kind: 'tool-call', id: 't1', name: 'f' } },
  { type: 'tool-arguments-delta', index: 2, json: '{"a":' },
  { type: 'tool-arguments-delta', index: 2, json: '1}' },
  { type: 'block-end', index: 2 },
  { type: 'block-start', index: 3, block: { kind: 'tool-call', id: 't2', name: 'g' } },
  { type: 'block-end', index: 3 },
  { type: 'finish', finish: { reason: 'tool-calls', raw: 'tool_use' } },
  {
    type: 'usage',
    usage: { ...unknownUsage, inputTokens: 2, cacheReadTokens: 100, outputTokens: 5 },
    upstreamLatencyMs: 7,
  },
]
const write = (these: readonly AnswerPart[], streamUsage = true): Uint8Array =>
  join(writeAll(openaiChat.streamWriter({ ...about, streamUsage }), these))

/** The official client on the bytes, with no network: its own parser is the judge. */
function client(bytes: Uint8Array): OpenAI {
  const body = (): ReadableStream =>
    new ReadableStream({
      start(controller) {
        for (let at = 0; at < bytes.length; at += 7) controller.enqueue(bytes.slice(at, at + 7))
        controller.close()
      },
    })
  const headers = { 'content-type': openaiChat.streamContentType }
  return new OpenAI({
    apiKey: 'k',
    baseURL: 'http://127.0.0.1:1/v1',
    maxRetries: 0,
    fetch: () => Promise.resolve(new Response(body(), { headers })),
  })
}
const messages = [{ role: 'user', content: 'x' }] as const

it('is understood by the official client', async () => {
  const stream = client(write(parts)).chat.completions.stream({ model: 'm', messages: [...messages] })
  const completion = await stream.finalChatCompletion()
  expect(completion).toMatchObject({
    id: 'chatcmpl-1',
    created: about.createdAtS,
    model: about.model,
    choices: [
      {
        index: 0,
        finish_reason: 'tool_calls',
        message: {
          role: 'assistant',
          content: 'Grüße 👩‍👩‍👧 e\u0301\n',
          tool_calls: [
            { id: 't1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
            { id: 't2', type: 'function', function: { name: 'g', arguments: '{}' } },
          ],
        },
      },
    ],
  })
  expect(completion.usage).toMatchObject({
    prompt_tokens: 102,
    completion_tokens: 5,
    prompt_tokens_details: { cached_tokens: 100 },
  })
})

it('begins with the role, tells usage last and in a chunk without choices, and ends with [DONE]', () => {
  const events = decode(write(parts)).split('\n\n').slice(0, -1)
  const chunks = events
    .slice(0, -1)
    .map((event) => JSON.parse(event.slice(6)) as { choices: unknown[]; usage: unknown })
  expect(events.at(-1)).toBe('data: [DONE]')
  expect(chunks[0]).toEqual({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: about.createdAtS,
    model: about.model,
    choices: [
      {
        index: 0,
        delta: { role: 'assistant', content: '', refusal: null },
        logprobs: null,
        finish_reason: null,
      },
    ],
    usage: null,
  })
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 102 } })
  expect(chunks.at(-2)).toMatchObject({ choices: [{ delta: {}, finish_reason: 'tool_calls' }], usage: null })
  expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true)
})

it('tells usage only where it was asked for and is known', () => {
  expect(decode(write(parts, false))).not.toContain('usage')
  const withoutUsage = decode(write(parts.filter((part) => part.type !== 'usage')))
  expect(withoutUsage).not.toContain('prompt_tokens')
  expect(withoutUsage).toMatch(/data: \[DONE\]\n\n$/)
})

it('never ends an answer that did not finish', () => {
  for (let end = 0; end < parts.length; end += 1) {
    const cut = parts.slice(0, end)
    if (cut.some((part) => part.type === 'finish')) continue
    expect(decode(write(cut))).not.toContain('[DONE]')
  }
})

it('ends with an error event that the official client throws, and nothing after it', async () => {
  const failing = [
    ...parts.slice(0, 7),
    { type: 'error', error: { name: 'throttlingException', message: 'slow' } } as const,
  ]
  const bytes = write(failing)
  expect(decode(bytes)).toMatch(/"code":"throttlingException"\}\}\n\n$/)
  const stream = await client(bytes).chat.completions.create({
    model: 'm',
    messages: [...messages],
    stream: true,
  })
  const seen: string[] = []
  await expect(async () => {
    for await (const chunk of stream) seen.push(chunk.choices[0]?.delta.content ?? '')
  }).rejects.toThrow('slow')
  expect(seen.join('')).toBe('Grüße ')
})

it('is read back as it was written, however it is cut', () => {
  const bytes = write(parts)
  const expected = parts
    .filter((part) => part.type !== 'reasoning-signature')
    .flatMap((part): readonly AnswerPart[] => {
      if (part.type === 'block-end' && part.index === 3)
        return [{ type: 'tool-arguments-delta', index: 3, json: '{}' }, part]
      if (part.type === 'finish')
        return [{ type: 'finish', finish: { reason: 'tool-calls', raw: 'tool_calls' } }]
      return part.type === 'usage' ? [{ ...part, upstreamLatencyMs: null }] : [part]
    })
  expect(partsOf(readAll(openaiChat.streamReader({ mode: 'translate', hideUsage: false }), [bytes]))).toEqual(
    expected,
  )
  for (const pieces of everyCut(bytes)) {
    expect(
      gathered(partsOf(readAll(openaiChat.streamReader({ mode: 'translate', hideUsage: false }), pieces))),
    ).toEqual(gathered(expected))
  }
})

it('keeps an emoji whole whose halves came in two deltas', () => {
  const halves: readonly AnswerPart[] = [
    { type: 'start' },
    { type: 'block-start', index: 0, block: { kind: 'text' } },
    { type: 'text-delta', index: 0, text: '\ud83d' },
    { type: 'text-delta', index: 0, text: '\ude00' },
  ]
  const text = decode(write(halves))
  expect(text).not.toContain('\ufffd')
  const deltas = text
    .split('\n\n')
    .slice(1, -1)
    .map(
      (event) =>
        (JSON.parse(event.slice(6)) as { choices: { delta: { content: string } }[] }).choices[0]?.delta
          .content,
    )
  expect(deltas.join('')).toBe('😀')
})
