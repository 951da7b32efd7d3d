import { expect, test } from 'vitest'
import { readAwsFailure } from './aws-failure.ts'

test.each([
  ['{"__type":"ResourceNotFoundException","Message":"none"}', null, 'ResourceNotFoundException', 'none'],
  ['{"__type":"com.amazon#AccessDeniedException","message":"no"}', null, 'AccessDeniedException', 'no'],
  ['{"message":"busy"}', 'InternalServiceError:http://x', 'InternalServiceError', 'busy'],
  ['<html>', null, 'status 503', 'It answered 503.'],
])('a failure is named: %s', (text, header, name, message) => {
  expect(readAwsFailure(503, text, header)).toEqual({ name, message })
})

test('what AWS repeats of a request that was signed wrongly is left out: the role’s token stands in it', () => {
  const message = [
    'The request signature we calculated does not match the signature you provided.',
    '',
    'The Canonical String for this request should have been',
    "'POST\n/\n\nhost:dynamodb.eu-central-1.amazonaws.com\nx-amz-security-token:IQoJb3JpZ2luX2VjEXAMPLE",
  ].join('\n')
  const text = JSON.stringify({ __type: 'com.amazon.coral.service#InvalidSignatureException', message })
  expect(readAwsFailure(400, text, null)).toEqual({
    name: 'InvalidSignatureException',
    message: 'The request signature we calculated does not match the signature you provided.',
  })
  const long = readAwsFailure(400, JSON.stringify({ message: `x ${'y'.repeat(10_000)}` }), null)
  expect(long.message.length).toBeLessThan(1_100)
})
