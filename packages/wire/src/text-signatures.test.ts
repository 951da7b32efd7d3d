import { describe, expect, it } from 'vitest'

import { join } from './testing/cut.ts'
import { about, decode, decodeJson, dialects, encode, encodeJson } from './testing/dialects-for-tests.ts'
import { partsOf, readAll, writeAll } from './testing/read-all.ts'

const { anthropicMessages, bedrockConverse, gemini, openaiResponses } = dialects

/** As Gemini 3 answers: the last words carry a signature (ai.google.dev, thought signatures, 2026-11). */
const signed = { text: 'world', thoughtSignature: 'c2ln' }
const call = { functionCall: { id: 'c', name: 'f', args: {} }, thoughtSignature: 'Y2Fs' }

const chunk = (parts: readonly object[], more: object = {}) =>
  `data: ${JSON.stringify({ candidates: [{ content: { parts }, ...more }] })}\n\n`
const streamed = (...ends: readonly string[]) =>
  partsOf(
    readAll(gemini.streamReader({ mode: 'translate', hideUsage: false }), [
      encode([chunk([{ text: 'Hello ' }]), ...ends].join('')),
    ]),
  )
const endings = [
  ['on the last words', [chunk([signed], { finishReason: 'STOP' })]],
  [
    'behind them',
    [chunk([{ text: 'world' }]), chunk([{ text: '', thoughtSignature: 'c2ln' }], { finishReason: 'STOP' })],
  ],
] as const
const calling = [chunk([signed]), chunk([call], { finishReason: 'STOP' })]

describe('the signature of Gemini’s text stands in no thought of its own', () => {
  const whole = (...parts: readonly object[]) =>
    gemini.readResult(encodeJson({ candidates: [{ content: { parts }, finishReason: 'STOP' }] }))

  it('in whole answers', () => {
    expect(decodeJson(anthropicMessages.writeResult(whole(signed), about))).toMatchObject({
      content: [{ type: 'text', text: 'world' }],
    })
    expect(decodeJson(bedrockConverse.writeResult(whole(signed), about))).toMatchObject({
      output: { message: { content: [{ text: 'world' }] } },
    })
  })

  it('in whole responses of OpenAI', () => {
    const { output } = decodeJson(openaiResponses.writeResult(whole({ text: 'Hello ' }, signed), about)) as {
      readonly output: readonly object[]
    }
    expect(output).toMatchObject([{ type: 'message', content: [{ text: 'Hello world' }] }])
    expect(output).toHaveLength(1)
  })

  it.each(endings)('in streams of OpenAI’s responses, %s', (_, ends) => {
    const text = decode(join(writeAll(openaiResponses.streamWriter(about), streamed(...ends))))
    expect(text).not.toContain('reasoning","summary')
    expect(text.match(/event: response.output_item.added/g)).toHaveLength(1)
    expect(text.match(/event: response.output_item.done/g)).toHaveLength(1)
  })

  it.each(endings)('in streams of Anthropic, %s', (_, ends) => {
    const text = decode(join(writeAll(anthropicMessages.streamWriter(about), streamed(...ends))))
    expect(text).not.toContain('thinking')
    expect(text.match(/content_block_start/g)).toHaveLength(2)
    expect(text.match(/content_block_stop/g)).toHaveLength(2)
  })

  it.each(endings)('in streams of Converse, %s', (_, ends) => {
    const written = writeAll(bedrockConverse.streamWriter(about), streamed(...ends))
    const read = readAll(bedrockConverse.streamReader({ mode: 'translate', hideUsage: false }), written)
    expect(partsOf(read).filter(({ type }) => type !== 'usage')).toEqual([
      { type: 'start' },
      { type: 'block-start', index: 0, block: { kind: 'text' } },
      { type: 'text-delta', index: 0, text: 'Hello ' },
      { type: 'text-delta', index: 0, text: 'world' },
      { type: 'block-end', index: 0 },
      { type: 'finish', finish: { reason: 'stop', raw: 'end_turn' } },
    ])
    // An end of a block that never began would be an event of its own.
    expect(new TextDecoder().decode(join(written)).match(/contentBlockStop/g)).toHaveLength(1)
  })

  it('but that of a call does, as it must come back', () => {
    const message = decode(anthropicMessages.writeResult(whole(signed, call), about))
    expect(message.match(/"signature"/g)).toHaveLength(1)
    const text = decode(join(writeAll(anthropicMessages.streamWriter(about), streamed(...calling))))
    expect(text.match(/signature_delta/g)).toHaveLength(1)
    const items = decode(join(writeAll(openaiResponses.streamWriter(about), streamed(...calling))))
    expect(items.match(/event: response.output_item.done/g)).toHaveLength(3)
    const events = writeAll(bedrockConverse.streamWriter(about), streamed(...calling))
    const again = readAll(bedrockConverse.streamReader({ mode: 'translate', hideUsage: false }), events)
    const kinds = partsOf(again).flatMap((part) => (part.type === 'block-start' ? [part.block.kind] : []))
    expect(kinds).toEqual(['text', 'reasoning', 'tool-call'])
    expect(partsOf(again)).toContainEqual(expect.objectContaining({ type: 'reasoning-signature', index: 1 }))
  })

  it('and Gemini’s own form keeps it', () => {
    for (const [, ends] of endings) {
      const text = decode(join(writeAll(gemini.streamWriter(about), streamed(...ends))))
      expect(text).toContain('"text":"world"')
      expect(text).toContain('"thoughtSignature":"c2ln"')
    }
  })
})
