import { crc32 } from 'node:zlib'
import type { AnswerPart, DialectName } from '@pointsman/contract'
import { createDialects, type AnswerAbout, type Dialect } from '@pointsman/wire'
import { expect, test } from 'vitest'
import { EmittedText } from './emitted-text.ts'

const dialects = createDialects({ crc32 })
const streaming = [
  'openai-chat',
  'openai-responses',
  'anthropic-messages',
  'bedrock-converse',
  'gemini',
] as const
const about: AnswerAbout = {
  answerId: 'request-1',
  createdAtS: 1_795_000_000,
  model: 'model-1',
  modelName: 'Model 1',
  elapsedMs: 1,
  elapsedMsNow: () => 1,
  streamUsage: false,
  vectorEncoding: 'float',
  asked: {},
  reason: 'explicit',
  conversation: null,
  costNanoUsd: () => null,
}

const dialectOf = (name: DialectName): Dialect => {
  const found = dialects.get(name)
  if (found === undefined) throw new Error(`there is no ${name}`)
  return found
}

/** Pieces as a vendor sends them: of every length, some with what JSON escapes, some not of ASCII. */
const pieceOf = (number: number): string => {
  if (number % 13 === 0) return 'Größe "9"\n'
  return 'points and switches '.slice(0, 1 + ((number * 7) % 19))
}

const textParts = (pieces: readonly string[]): readonly AnswerPart[] => [
  { type: 'block-start', index: 0, block: { kind: 'text' } },
  ...pieces.map((text): AnswerPart => ({ type: 'text-delta', index: 0, text })),
]
const callParts = (pieces: readonly string[]): readonly AnswerPart[] => [
  { type: 'block-start', index: 0, block: { kind: 'tool-call', id: 'call-1', name: 'find' } },
  ...pieces.map((json): AnswerPart => ({ type: 'tool-arguments-delta', index: 0, json })),
]

/** What a relay counts of a vendor's stream that breaks off behind these parts. */
function counted(dialect: Dialect, parts: readonly AnswerPart[]): number {
  const writer = dialect.streamWriter(about)
  const reader = dialect.streamReader({ mode: 'relay', hideUsage: false })
  const emitted = new EmittedText()
  for (const part of [{ type: 'start' } as const, ...parts]) {
    for (const frame of reader.push(writer.write(part) ?? new Uint8Array())) {
      if (frame.role === 'content') emitted.frame(frame.bytes)
    }
  }
  return emitted.characters(dialect)
}

test.each(streaming)('%s: text is counted as it is while all frames are kept, and near beyond', (name) => {
  const dialect = dialectOf(name)
  for (const count of [1, 2, 7, 30, 60, 200, 1_500]) {
    const pieces = Array.from({ length: count }, (_, number) => pieceOf(number))
    const characters = pieces.join('').length
    const found = counted(dialect, textParts(pieces))
    if (count <= 30) expect(found, `${count} pieces`).toBe(characters)
    else expect(Math.abs(found - characters) / characters, `${count} pieces`).toBeLessThan(0.02)
  }
})

test.each(['openai-chat', 'openai-responses', 'anthropic-messages', 'bedrock-converse'] as const)(
  '%s: so are the arguments of a call',
  (name) => {
    const pieces = Array.from({ length: 20 }, (_, number) => `"key-${number}":${number},`)
    expect(counted(dialectOf(name), callParts(pieces))).toBe(pieces.join('').length)
  },
)

test('frames too large to be kept cost no more memory, and one alone is counted', () => {
  const dialect = dialectOf('openai-chat')
  const large = 'x'.repeat(40_000)
  expect(counted(dialect, textParts([large]))).toBe(large.length)
  const found = counted(dialect, textParts(Array.from({ length: 50 }, () => large)))
  expect(Math.abs(found - 50 * large.length) / (50 * large.length)).toBeLessThan(0.02)
})

test('keeps frames of its own: a transport hands in views of what it received, all of which a kept one would hold', () => {
  const event = (content: string) =>
    `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`
  const received = Buffer.from(event('a sentence of forty-three characters or so.'))
  const emitted = new EmittedText()
  emitted.frame(received.subarray(0))
  received.fill('x')
  expect(emitted.characters(dialectOf('openai-chat'))).toBe(43)
})
