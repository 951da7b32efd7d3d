import { describe, expect, it } from 'vitest'
import { unknownUsage } from '@pointsman/contract'
import type { AnswerPart, ChatResult, ContentPart } from '@pointsman/contract'

import { join } from './testing/cut.ts'
import { about, claude, decode, decodeJson, dialects, encodeJson } from './testing/dialects-for-tests.ts'
import { partsOf, readAll, writeAll } from './testing/read-all.ts'

const { anthropicMessages, gemini, openaiResponses } = dialects

/** Claude's two kinds of thoughts without words: one that it does not show, and one that it sealed whole. */
const unshown = { kind: 'reasoning', text: '', signature: { signer: 'anthropic', value: 'c2ln' } } as const
const sealed = { kind: 'redacted-reasoning', data: { signer: 'anthropic', value: 'ZGF0YQ==' } } as const
const text: ContentPart = { kind: 'text', text: 'Hi' }
const answer = (...parts: readonly ContentPart[]): ChatResult => ({
  parts,
  finish: { reason: 'stop', raw: 'end_turn' },
  usage: unknownUsage,
  logprobs: null,
  serviceTier: null,
  upstreamLatencyMs: null,
})
const streamed: readonly AnswerPart[] = [
  { type: 'start' },
  { type: 'block-start', index: 0, block: { kind: 'reasoning' } },
  { type: 'reasoning-signature', index: 0, signature: unshown.signature },
  { type: 'block-end', index: 0 },
  { type: 'block-start', index: 1, block: { kind: 'reasoning' } },
  { type: 'redacted-reasoning', index: 1, data: sealed.data },
  { type: 'block-end', index: 1 },
  { type: 'block-start', index: 2, block: { kind: 'text' } },
  { type: 'text-delta', index: 2, text: 'Hi' },
  { type: 'block-end', index: 2 },
  { type: 'finish', finish: { reason: 'stop', raw: 'end_turn' } },
]
const frames = (bytes: Uint8Array): readonly unknown[] =>
  decode(bytes)
    .split(/\r?\n\r?\n/)
    .flatMap((frame) =>
      frame === '' ? [] : [JSON.parse(frame.slice(frame.indexOf('data: ') + 6)) as unknown],
    )

interface Contents {
  readonly candidates: readonly [{ readonly content: { readonly parts: readonly object[] } }]
}

/** What Claude gets of a history that was told in Gemini's form. */
function backFromGemini(contents: readonly object[]): unknown {
  const all = [
    { role: 'user', parts: [{ text: 'a' }] },
    ...contents,
    { role: 'user', parts: [{ text: 'b' }] },
  ]
  const call = gemini.readRequest(gemini.scanRequest(encodeJson({ contents: all }), false))
  return decodeJson(anthropicMessages.writeRequest(call, claude(4.7)).body)
}

function backFromResponses(output: readonly object[]): unknown {
  const user = { role: 'user', content: 'a' }
  const body = encodeJson({ model: 'm', input: [user, ...output, user] })
  const call = openaiResponses.readRequest(openaiResponses.scanRequest(body, null))
  return decodeJson(anthropicMessages.writeRequest(call, claude(4.7)).body)
}

const asClaudeSaid = {
  messages: [
    {},
    {
      content: [
        { type: 'thinking', thinking: '', signature: 'c2ln' },
        { type: 'redacted_thinking', data: 'ZGF0YQ==' },
        { type: 'text', text: 'Hi' },
      ],
    },
    {},
  ],
}

describe('thoughts without words, of the two kinds that Claude has, come back as what they were', () => {
  it('from Gemini’s form, whole, where each has a text', () => {
    const written = decodeJson(gemini.writeResult(answer(unshown, sealed, text), about)) as Contents
    const { content } = written.candidates[0]
    expect(content.parts).toMatchObject([
      { text: '', thought: true },
      { text: '', thought: true },
      { text: 'Hi' },
    ])
    expect(backFromGemini([content])).toMatchObject(asClaudeSaid)
  })

  it('from Gemini’s form, streamed', () => {
    const chunks = frames(join(writeAll(gemini.streamWriter(about), streamed))) as readonly Contents[]
    const contents = chunks.map(({ candidates: [{ content }] }) => content)
    for (const part of contents.flatMap(({ parts }) => parts)) expect(part).toHaveProperty('text')
    expect(backFromGemini(contents.map((content) => ({ ...content, role: 'model' })))).toMatchObject(
      asClaudeSaid,
    )
  })

  it('from Responses, whole', () => {
    const written = decodeJson(openaiResponses.writeResult(answer(unshown, sealed, text), about))
    expect(backFromResponses((written as { readonly output: readonly object[] }).output)).toMatchObject(
      asClaudeSaid,
    )
  })

  it('from Responses, streamed', () => {
    const bytes = join(writeAll(openaiResponses.streamWriter(about), streamed))
    const { response } = frames(bytes).at(-1) as { readonly response: { readonly output: readonly object[] } }
    expect(backFromResponses(response.output)).toMatchObject(asClaudeSaid)
    const again = partsOf(
      readAll(openaiResponses.streamReader({ mode: 'translate', hideUsage: false }), [bytes]),
    )
    expect(again.filter(({ type }) => type.includes('reasoning'))).toEqual([streamed[2], streamed[5]])
  })
})
