import { PointsmanError } from '@pointsman/contract'
import type { DialectName } from '@pointsman/contract'
import fc from 'fast-check'
import { expect, it } from 'vitest'

import type { ScannedRequest } from './dialect.ts'
import { readOutlinedBody, readRequestBody } from './read-body.ts'
import { decode, dialectNamed, encode, refusal, target } from './testing/dialects-for-tests.ts'

/**
 * White space changes nothing that is read, but makes the long strings less than half of the body: it is parsed whole. Of
 * whole tokens, as they are estimated.
 */
function parsedWhole(bytes: Uint8Array): { readonly bytes: Uint8Array; readonly tokens: number } {
  const padded = new Uint8Array(bytes.length * 5).fill(0x20)
  padded.set(bytes)
  return { bytes: padded, tokens: bytes.length }
}

const faces: readonly DialectName[] = [
  'openai-chat',
  'openai-responses',
  'anthropic-messages',
  'bedrock-converse',
  'bedrock-invoke-nova',
  'gemini',
]

/** All that is read of a request without its whole JSON; an error as its code and words. */
function readOf(face: DialectName, bytes: Uint8Array, paddingTokens = 0): unknown {
  const dialect = dialectNamed(face)
  try {
    const scanned = dialect.scanRequest(bytes, null)
    const { marked, model, modelSpan, needs, stream } = scanned
    const body = decode(dialect.passRequest(scanned, target()).body).trimEnd()
    const tokens = needs.inputTokensEstimate - paddingTokens
    const takes = dialect.takesBytes?.(scanned, target()) ?? null
    return {
      ...{ marked, model, modelSpan, stream, body, takes },
      needs: { ...needs, inputTokensEstimate: tokens },
    }
  } catch (thrown) {
    if (thrown instanceof PointsmanError) return { code: thrown.code, message: thrown.message }
    throw thrown
  }
}

function readWhole(face: DialectName, bytes: Uint8Array): unknown {
  const padded = parsedWhole(bytes)
  return readOf(face, padded.bytes, padded.tokens)
}

function isWholeJson(bytes: Uint8Array): boolean {
  try {
    readRequestBody(bytes)
    return true
  } catch {
    return false
  }
}

/** Text of any length around the limits: plain, escaped, beyond ASCII, and with what looks like the outline's own signs. */
const piece = fc.constantFrom(
  ...[
    'a',
    'data:',
    'image/png',
    'cG9pbnRzbWFu',
    '~',
    '~0',
    '"',
    '\\',
    '\n',
    '\\"',
    'é',
    '漢',
    '😀',
    '\ud800',
    ' ',
    '/',
    '{',
    ']',
  ],
)
const plainPiece = fc.constantFrom('a', 'data:', 'cG9pbnRzbWFu', '~', '~0', 'é', '漢', '😀', 'A')
const textOf = (pieces: fc.Arbitrary<string>): fc.Arbitrary<string> => {
  const few = fc.array(pieces, { maxLength: 4 })
  const again = fc.array(pieces, { minLength: 1, maxLength: 3 })
  const length = fc.constantFrom(0, 1, 256, 700, 2_047, 2_049, 9_000, 20_000)
  return fc.tuple(few, again, length, few).map(([first, repeated, characters, last]) => {
    const unit = repeated.join('')
    return first.join('') + unit.repeat(Math.ceil(characters / unit.length)) + last.join('')
  })
}
const text = fc.oneof(textOf(piece), textOf(plainPiece))
/** Trimmed it is one that we know. */
const mimeType = fc.oneof(text, fc.constantFrom(`${' '.repeat(2_100)}image/png`, 'image/png', 'text/plain'))
const word = fc.constantFrom(
  'user',
  'text',
  'image_url',
  'image',
  'file',
  'document',
  'base64',
  'thinking',
  'tool_use',
  'tool_result',
  'input_image',
  'input_file',
  'message',
  'reasoning',
  'none',
  'json_schema',
  'image/png',
)
const names = [
  ...[
    'role',
    'type',
    'content',
    'parts',
    'text',
    'image_url',
    'url',
    'file',
    'file_data',
    'source',
    'data',
    'bytes',
  ],
  ...[
    'image',
    'document',
    'inlineData',
    'mimeType',
    'thoughtSignature',
    'signature',
    'id',
    'encrypted_content',
    'toolUse',
  ],
  ...['toolResult', 'reasoningContent', 'reasoningText', 'functionCall', 'citations', 'encrypted_index'],
]
const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.oneof(
      text,
      word,
      text,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.constant(12345678901234567890),
    ),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.oneof(fc.constantFrom(...names), text), tie('value'), { maxKeys: 4 }),
  ),
})).value
/** What routing reads of a message, in the forms of all faces; each reads its own and passes over the others'. */
const block = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ type: fc.constantFrom('image_url'), image_url: fc.record({ url: text }) }),
  },
  { weight: 8, arbitrary: fc.record({ type: fc.constant('file'), file: fc.record({ file_data: text }) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constantFrom('input_image', 'input_file'),
      image_url: text,
      file_data: text,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constantFrom('image', 'document'),
      source: fc.record({ type: fc.constant('base64'), data: text }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constantFrom('thinking', 'tool_use'),
      signature: text,
      id: text,
      data: text,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.oneof(
      fc.record({ image: fc.record({ source: fc.record({ bytes: text }) }) }),
      fc.record({ video: fc.record({ source: fc.record({ bytes: text }) }) }),
      fc.record({ reasoningContent: fc.record({ reasoningText: fc.record({ signature: text }) }) }),
    ),
  },
  { weight: 8, arbitrary: fc.record({ inlineData: fc.record({ mimeType, data: text }) }) },
  { weight: 4, arbitrary: fc.record({ thoughtSignature: text }) },
  { weight: 1, arbitrary: value },
)
const blocks = fc.array(block, { maxLength: 4 })
const said = fc.record(
  {
    role: fc.constantFrom('user', 'assistant'),
    type: fc.constantFrom('message', 'reasoning'),
    content: fc.oneof({ weight: 6, arbitrary: blocks }, { weight: 1, arbitrary: text }),
    parts: blocks,
    encrypted_content: text,
  },
  { requiredKeys: ['content', 'parts'] },
)
const list = fc.array(said, { minLength: 1, maxLength: 3 })
const body = fc
  .record(
    {
      model: fc.oneof(text, word),
      stream: fc.boolean(),
      tools: fc.array(value, { maxLength: 2 }),
      tool_choice: fc.oneof(word, value),
      stream_options: fc.oneof(fc.record({ include_usage: value }), value),
      thinking: fc.record({ type: fc.oneof(word, fc.constant('enabled')) }),
      reasoning_effort: fc.oneof(word, text),
      response_format: fc.record({ type: fc.oneof(word, text) }),
      metadata: value,
    },
    { requiredKeys: [] },
  )
  .chain((rest) =>
    list.map((messages) => ({
      ...rest,
      messages,
      input: messages,
      contents: messages,
    })),
  )
/** Large, and of those sizes whose text is made at once. */
const bigLengths = [150_000, 40_000, 6_000]
const bytesOf = fc
  .tuple(body, fc.constantFrom(...bigLengths))
  .map(([json, length]) => encode(JSON.stringify({ ...json, big: 'x'.repeat(length) })))

it('reads of an outline what it reads of the whole body', () => {
  let understood = 0
  fc.assert(
    fc.property(bytesOf, fc.constantFrom(...faces), (bytes, face) => {
      const read = readOf(face, bytes)
      if (typeof read === 'object' && read !== null && !('code' in read)) understood += 1
      expect(read).toEqual(readWhole(face, bytes))
      const outlined = readOutlinedBody(bytes)
      if (bytes.length > 150_000) {
        expect(decode(encode(JSON.stringify(outlined.json))).length).toBeLessThan(bytes.length)
      }
      expect(JSON.stringify(outlined.whole())).toBe(JSON.stringify(readRequestBody(bytes).json))
      const padded = readOutlinedBody(parsedWhole(bytes).bytes)
      expect(padded.whole() === padded.json).toBe(true)
    }),
    { numRuns: 60 },
  )
  // Most of these bodies are requests, or this would compare refusals only.
  expect(understood).toBeGreaterThan(25)
})

it('reads bodies that are cut, or changed in places, as the parser does but for the inside of long strings', () => {
  const change = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    byte: fc.constantFrom(0x22, 0x5c, 0x7b, 0x5d, 0x2c, 0x3a, 0x0a, 0xff, 0xc3, 0x75, 0x31),
  })
  fc.assert(
    fc.property(
      bytesOf,
      fc.array(change, { maxLength: 3 }),
      fc.option(fc.double({ min: 0.3, max: 1, noNaN: true })),
      fc.constantFrom(...faces),
      (whole, changes, cutAt, face) => {
        const bytes = Uint8Array.from(
          cutAt === null ? whole : whole.subarray(0, Math.floor(whole.length * cutAt)),
        )
        for (const { at, byte } of changes) bytes[Math.floor(at * (bytes.length - 1))] = byte
        const read = readOf(face, bytes)
        if (isWholeJson(bytes)) expect(read).toEqual(readWhole(face, bytes))
        else if (typeof read === 'object' && read !== null && !('code' in read)) {
          // Only what is wrong inside a long string may pass, and is found where the whole is read.
          expect(refusal(() => dialectNamed(face).scanRequest(bytes, null).whole()).code).toBe('invalid_json')
        }
      },
    ),
    { numRuns: 60 },
  )
})

const bigChat = (content: string): Uint8Array =>
  encode(`{"model":"m","messages":[{"role":"user","content":"${content}"}]}`)
const scanned = (bytes: Uint8Array): ScannedRequest => dialectNamed('openai-chat').scanRequest(bytes, null)

it('parses no long string until it is asked for the whole', () => {
  for (const content of ['y'.repeat(100_000), 'y'.repeat(10_000), `${'y'.repeat(100_000)}é`]) {
    const { json, whole } = scanned(bigChat(content))
    expect(JSON.stringify(json).length).toBeLessThan(3_000)
    expect(whole()).toEqual({ model: 'm', messages: [{ role: 'user', content }] })
    expect(whole()).toBe(whole())
  }
})

it('parses whole what is small, or of a middling size and beyond ASCII', () => {
  for (const content of ['y'.repeat(3_000), `${'y'.repeat(10_000)}é`]) {
    const { json, whole } = scanned(bigChat(content))
    expect(json).toBe(whole())
    expect(json).toEqual({ model: 'm', messages: [{ role: 'user', content }] })
  }
})

it('leaves to the vendor what is no JSON inside a long string, and finds it where the request is read', () => {
  for (const wrong of ['\n', '\\x', '\\u12g4']) {
    for (const length of [90_000, 9_000]) {
      const request = scanned(bigChat('y'.repeat(length) + wrong))
      expect(refusal(() => dialectNamed('openai-chat').readRequest(request)).code).toBe('invalid_json')
    }
  }
})

it('refuses what is no JSON around long strings, and bytes that are no UTF-8 inside them', () => {
  for (const long of ['y'.repeat(100_000), 'y'.repeat(10_000)]) {
    for (const wrong of [
      `{"a":"${long}`,
      `{"a":"${long}"`,
      `{"a":"${long}",}`,
      `{"a" "${long}"}`,
      `["${long}"]`,
      `"${long}"`,
      `{"a":"${long}"} x`,
    ]) {
      expect(refusal(() => readOutlinedBody(encode(wrong))).code).toBe('invalid_json')
    }
  }
  const long = 'y'.repeat(100_000)
  expect(refusal(() => readOutlinedBody(encode(`{"model":"a","model":"${long}"}`))).code).toBe(
    'invalid_request',
  )
  const bytes = encode(`{"a":"${long}"}`)
  for (const at of [7, 400, 32_768, 50_000, bytes.length - 3]) {
    const broken = Uint8Array.from(bytes)
    broken[at] = 0xbf
    expect(refusal(() => readOutlinedBody(broken)).message).toContain('UTF-8')
  }
})
