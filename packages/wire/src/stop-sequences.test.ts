import type { AnswerPart, DialectName } from '@pointsman/contract'
import { expect, it } from 'vitest'

import { encodeFrame, encodeHeaders, EventStreamDecoder } from './framing/event-stream.ts'
import {
  anthropicCall,
  converseCall,
  refusedByAnthropic,
  refusedByConverse,
  writeAnthropic,
  writeConverse,
} from './testing/calls.ts'
import { everyCut, join } from './testing/cut.ts'
import {
  about,
  claude,
  crc32,
  decode,
  decodeJson,
  dialectNamed,
  encode,
  encodeJson,
  gpt,
  target,
} from './testing/dialects-for-tests.ts'
import { partsOf, readAll, writeAll } from './testing/read-all.ts'

const checksum = (bytes: Uint8Array, start?: number): number => crc32(bytes, start)
const path = '/stop_sequence'
const streamed = '/delta/stop_sequence'
const asking = { ...about, asked: { additionalModelResponseFieldPaths: [path] } }
const finish = { reason: 'stop-sequence', raw: 'stop_sequence', stopSequence: 'END' } as const

const messages = (stop_sequence: string | null) => ({
  content: [{ type: 'text', text: 'Hi' }],
  stop_reason: 'stop_sequence',
  stop_sequence,
})
const converse = (fields: object) => ({
  output: { message: { role: 'assistant', content: [{ text: 'Hi' }] } },
  stopReason: 'stop_sequence',
  ...fields,
})
const told = { additionalModelResponseFields: { stop_sequence: 'END' } }
const toldInStream = { additionalModelResponseFields: { delta: { stop_sequence: 'END' } } }

const read = (name: DialectName, body: object) => dialectNamed(name).readResult(encodeJson(body))
const write = (name: DialectName, of: ReturnType<typeof read>, to = about) =>
  decodeJson(dialectNamed(name).writeResult(of, to))

it('reads which stop sequence matched, and leaves out what is not told', () => {
  expect(read('anthropic-messages', messages('END')).finish).toEqual(finish)
  expect(read('anthropic-messages', messages(null)).finish).not.toHaveProperty('stopSequence')
  expect(read('bedrock-invoke-claude', messages('END')).finish).toEqual(finish)
  expect(read('bedrock-converse', converse(told)).finish).toEqual(finish)
  expect(read('bedrock-converse', converse(toldInStream)).finish).toEqual(finish)
  expect(read('bedrock-converse', converse({})).finish).not.toHaveProperty('stopSequence')
})

it('names it in the faces that have a place for it', () => {
  const fromConverse = read('bedrock-converse', converse(told))
  const fromMessages = read('anthropic-messages', messages('END'))
  expect(write('anthropic-messages', fromConverse)).toMatchObject(messages('END'))
  expect(write('bedrock-invoke-claude', fromConverse)).toMatchObject(messages('END'))
  expect(write('bedrock-converse', fromMessages, asking)).toMatchObject(converse(told))
  // Converse tells it to those only who ask.
  expect(write('bedrock-converse', fromMessages)).not.toHaveProperty('additionalModelResponseFields')
  expect(write('anthropic-messages', read('bedrock-converse', converse({})))).toMatchObject(messages(null))
})

const body: readonly AnswerPart[] = [
  { type: 'start' },
  { type: 'block-start', index: 0, block: { kind: 'text' } },
  { type: 'text-delta', index: 0, text: 'Hi' },
  { type: 'block-end', index: 0 },
  { type: 'finish', finish },
]

it('names it in streams, wherever they are cut', () => {
  const ended = { type: 'message_delta', delta: { stop_reason: 'stop_sequence', stop_sequence: 'END' } }
  const sse = encode(`data: ${JSON.stringify(ended)}\n\n`)
  const headers = encodeHeaders([
    [':event-type', 'messageStop'],
    [':content-type', 'application/json'],
    [':message-type', 'event'],
  ])
  const frame = encodeFrame(headers, encodeJson({ stopReason: 'stop_sequence', ...told }), checksum)
  for (const [name, bytes] of [
    ['anthropic-messages', sse],
    ['bedrock-converse', frame],
  ] as const) {
    for (const pieces of everyCut(bytes)) {
      const reader = dialectNamed(name).streamReader({ mode: 'translate', hideUsage: false })
      expect(partsOf(readAll(reader, pieces))).toContainEqual({ type: 'finish', finish })
    }
  }
  const written = join(writeAll(dialectNamed('anthropic-messages').streamWriter(about), body))
  expect(decode(written)).toContain('"stop_reason":"stop_sequence","stop_sequence":"END"')
  const converseEvents = (to: typeof about) =>
    new EventStreamDecoder(checksum)
      .pushAll(join(writeAll(dialectNamed('bedrock-converse').streamWriter(to), body)))
      .map(({ payload }) => decodeJson(payload))
  expect(converseEvents(asking)).toContainEqual({ stopReason: 'stop_sequence', ...told })
  // As Vercel's AI SDK asks of every answer.
  const alike = { ...about, asked: { additionalModelResponseFieldPaths: [streamed] } }
  expect(converseEvents(alike)).toContainEqual({ stopReason: 'stop_sequence', ...toldInStream })
  expect(converseEvents(about)).toContainEqual({ stopReason: 'stop_sequence' })
})

it('asks Bedrock for it where stop sequences are sent to Claude, beside what the caller asks for', () => {
  const call = anthropicCall({ stop_sequences: ['END'] })
  expect(writeConverse(call, claude(4.5)).body).toMatchObject({ additionalModelResponseFieldPaths: [path] })
  expect(writeConverse(call).body).not.toHaveProperty('additionalModelResponseFieldPaths')
  expect(writeConverse(anthropicCall({}), claude(4.5)).body).not.toHaveProperty(
    'additionalModelResponseFieldPaths',
  )
  expect(writeConverse({ ...call, stream: true }, claude(4.5)).body).toMatchObject({
    additionalModelResponseFieldPaths: [streamed],
  })
  const asked = converseCall({
    inferenceConfig: { stopSequences: ['END'] },
    additionalModelResponseFieldPaths: ['/other', path],
  })
  expect(writeConverse(asked, claude(4.5)).body).toMatchObject({
    additionalModelResponseFieldPaths: ['/other', path],
  })
})

it('takes the question for it from a Converse client on to Anthropic, which tells it unasked', () => {
  const { body: written, warnings } = writeAnthropic(
    converseCall({ additionalModelResponseFieldPaths: [path, streamed] }),
  )
  expect(written).not.toHaveProperty('additionalModelResponseFieldPaths')
  expect(warnings).toEqual([])
})

// Clients ask it of every model behind Converse (vercel/ai pulls 11286 and 11410, 2025-12).
it.each([
  ['anthropic-messages', claude(4.5)],
  ['openai-chat', gpt],
  ['openai-responses', gpt],
  ['gemini', target({ format: 'gemini', generation: 3 })],
] as const)('leaves out the question for other fields of an answer, with a warning, for %s', (name, to) => {
  const call = converseCall({ additionalModelResponseFieldPaths: [path, '/other'] })
  const { body: written, warnings } = dialectNamed(name).writeRequest(call, to)
  expect(decodeJson(written)).not.toHaveProperty('additionalModelResponseFieldPaths')
  expect(warnings).toEqual([expect.stringMatching(/^additionalModelResponseFieldPaths: .* left out$/)])
})

it.each(['', ' ', '\n\n'])('sends Claude no stop sequence of white space: %j', (stop) => {
  const call = converseCall({ inferenceConfig: { stopSequences: ['END', stop] } })
  for (const refused of [refusedByConverse(call, claude(4.5)), refusedByAnthropic(call, claude(4.5))]) {
    expect(refused).toMatchObject({ code: 'unsupported_parameter', details: { field: 'stop' } })
  }
})
