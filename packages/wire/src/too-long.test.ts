import { PointsmanError } from '@pointsman/contract'
import { expect, it } from 'vitest'

import type { Dialect } from './dialect.ts'
import { decode, decodeJson, dialects } from './testing/dialects-for-tests.ts'

const { openaiChat, openaiResponses, anthropicMessages, bedrockConverse, gemini } = dialects

/** The frames of event streams are text only in part. */
const decodeLoosely = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

interface Told {
  readonly message?: string
  readonly error?: { readonly message: string; readonly type?: string; readonly code?: string | number }
}

const told = (face: Dialect, message: string, tooLong = true): Told => {
  const error = new PointsmanError('upstream_rejected', message, { status: 400, tooLong })
  return decodeJson(face.writeError(error, 'req-1').body) as Told
}

const ofOpenai = [
  "This model's maximum context length is 128000 tokens.",
  'Your input exceeds the context window of this model. Please adjust your input and try again.',
  'Input tokens exceed the configured limit of 272000 tokens.',
]
const withOutput = 'input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000'
const ofBedrock = 'The model returned the following errors: '

/** A face, what its own vendor says, and what its clients look for in the words of all others. */
const faces: readonly (readonly [Dialect, readonly string[], RegExp])[] = [
  [openaiChat, ofOpenai, /maximum context length|exceeds? the (?:context window|configured limit)/],
  [openaiResponses, ofOpenai, /maximum context length|exceeds? the (?:context window|configured limit)/],
  [
    anthropicMessages,
    ['prompt is too long: 209353 tokens > 200000 maximum', withOutput],
    /^prompt is too long|exceed context limit/,
  ],
  [
    bedrockConverse,
    [
      'Input is too long for requested model.',
      `${ofBedrock}prompt is too long: 209353 tokens > 200000 maximum`,
      `${ofBedrock}Input Tokens Exceeded: Number of input tokens exceeds maximum length.`,
      `${ofBedrock}${withOutput}`,
    ],
    /^Input is too long for requested model|errors: (?:prompt is too|Input Tokens)|exceed context limit/,
  ],
  [
    gemini,
    ['The input token count (9) exceeds the maximum number of tokens allowed (8).'],
    /exceeds the maximum number of tokens allowed/,
  ],
]
const messageOf = ({ message, error }: Told): string => message ?? error?.message ?? ''

it.each(faces.map((row) => [row[0].name, ...row] as const))(
  '%s: a request that is too long is told in the words by which its clients shorten it',
  (_name, face, own, lookedFor) => {
    for (const theirs of faces.flatMap(([, words]) => words)) {
      const message = messageOf(told(face, theirs))
      if (own.includes(theirs)) expect(message).toBe(theirs)
      expect(message).toMatch(lookedFor)
      expect(message).toContain(theirs)
    }
    expect(messageOf(told(face, 'It is bad.', false))).toBe('It is bad.')
  },
)

it.each(faces.map((row) => [row[0].name, ...row] as const))(
  '%s: a stream that breaks off at it tells it in the same words',
  (_name, face, _own, lookedFor) => {
    const anywhere = new RegExp(lookedFor.source.replaceAll('^', ''))
    for (const theirs of faces.flatMap(([, words]) => words)) {
      const error = new PointsmanError('upstream_rejected', `It broke off: ${theirs}`, { tooLong: true })
      expect(decodeLoosely(face.writeStreamError(error))).toMatch(anywhere)
    }
  },
)

it("has OpenAI's code for it", () => {
  for (const face of [openaiChat, openaiResponses]) {
    const error = { type: 'invalid_request_error', code: 'context_length_exceeded' }
    expect(told(face, 'Input is too long for requested model.')).toMatchObject({ error })
    const ours = 'The prompt is too long: it exceeds the context window of every model.'
    expect(messageOf(told(face, ours))).toContain('maximum context length')
    const tooLong = new PointsmanError('upstream_rejected', 'Input is too long.', { tooLong: true })
    expect(decode(face.writeStreamError(tooLong))).toContain('"code":"context_length_exceeded"')
  }
})
