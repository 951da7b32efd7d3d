import { PointsmanError } from '@pointsman/contract'
import { expect, it } from 'vitest'

import type { Dialect } from './dialect.ts'
import { decodeJson, dialects } from './testing/dialects-for-tests.ts'

const { openaiChat, openaiResponses, anthropicMessages, bedrockConverse, gemini } = dialects

interface Told {
  readonly message?: string
  readonly error?: { readonly message: string; readonly type?: string; readonly code?: string | number }
}

const told = (face: Dialect, message: string, tooLong = true): Told => {
  const error = new PointsmanError('upstream_rejected', message, { status: 400, tooLong })
  return decodeJson(face.writeError(error, 'req-1').body) as Told
}

const faces: readonly (readonly [Dialect, string, RegExp])[] = [
  [openaiChat, "This model's maximum context length is 128000 tokens.", /maximum context length/],
  [openaiResponses, "This model's maximum context length is 128000 tokens.", /maximum context length/],
  [anthropicMessages, 'prompt is too long: 209353 tokens > 200000 maximum', /^prompt is too long/],
  [bedrockConverse, 'Input is too long for requested model.', /^Input is too long for requested model/],
  [
    gemini,
    'The input token count (9) exceeds the maximum number of tokens allowed (8).',
    /exceeds the maximum number of tokens allowed/,
  ],
]
const messageOf = ({ message, error }: Told): string => message ?? error?.message ?? ''

it.each(faces.map((row) => [row[0].name, ...row] as const))(
  '%s: a request that is too long is told in the words by which its clients shorten it',
  (_name, face, own, lookedFor) => {
    for (const [, theirs] of faces) {
      const message = messageOf(told(face, theirs))
      expect(message).toMatch(lookedFor)
      expect(message).toContain(theirs)
    }
    expect(messageOf(told(face, own))).toBe(own)
    expect(messageOf(told(face, 'It is bad.', false))).toBe('It is bad.')
  },
)

it("has OpenAI's code for it", () => {
  for (const face of [openaiChat, openaiResponses]) {
    const error = { type: 'invalid_request_error', code: 'context_length_exceeded' }
    expect(told(face, 'Input is too long for requested model.')).toMatchObject({ error })
  }
})
