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
