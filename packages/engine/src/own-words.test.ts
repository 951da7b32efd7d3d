import { modelId, PointsmanError, type AttemptRecord, type ErrorCode } from '@pointsman/contract'
import { expect, test } from 'vitest'
import { errorInOwnWords } from './own-words.ts'

const theirs = {
  modelId: modelId('first'),
  status: 400,
  error: { code: 'upstream_error', message: 'the prompt "my name is Ada" is bad', vendorName: 'BadThing' },
} as unknown as AttemptRecord
const ours = {
  modelId: modelId('second'),
  status: null,
  error: { code: 'upstream_unreachable', message: 'nobody listens', vendorName: null },
} as unknown as AttemptRecord

test.each<ErrorCode>(['upstream_error', 'overloaded', 'internal', 'credentials_missing', 'provider_auth'])(
  'an error %s after a vendor spoke holds none of its words',
  (code) => {
    const error = new PointsmanError(code, 'Tried first: upstream_error, the prompt "my name is Ada" is bad.')
    expect(errorInOwnWords(error, [theirs, ours])).toEqual({
      code,
      message: 'first: The provider answered 400 BadThing.',
    })
  },
)

test('our own words are kept, as long as they are short', () => {
  const message = 'Tried second: nobody listens.'
  expect(errorInOwnWords(new PointsmanError('overloaded', message), [ours])?.message).toBe(message)
  const long = new PointsmanError(
    'invalid_request',
    `\`metadata.${'x'.repeat(1_000_000)}\` must be a string.`,
  )
  expect(errorInOwnWords(long, [])?.message.length).toBe(4_096)
})
