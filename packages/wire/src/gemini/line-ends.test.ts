import { PointsmanError } from '@pointsman/contract'
import { expect, it } from 'vitest'

import { about, decode, dialects } from '../testing/dialects-for-tests.ts'
import { writeAll } from '../testing/read-all.ts'

const { gemini } = dialects

const asGoogleWrites = /^data: [^\r\n]+\r\n\r\n$/

const call = { kind: 'tool-call', id: 'c', name: 'f' } as const
const written = writeAll(gemini.streamWriter(about), [
  { type: 'start' },
  { type: 'block-start', index: 0, block: { kind: 'text' } },
  { type: 'text-delta', index: 0, text: 'a\r\n\r\nb' },
  { type: 'block-end', index: 0 },
  { type: 'block-start', index: 1, block: call },
  { type: 'tool-arguments-delta', index: 1, json: '{}' },
  { type: 'block-end', index: 1 },
  { type: 'finish', finish: { reason: 'tool-calls', raw: 'tool_use' } },
])
const failed = writeAll(gemini.streamWriter(about), [
  { type: 'start' },
  { type: 'error', error: { name: 'UNAVAILABLE', message: 'gone' } },
])

it.each([
  ...written.map((bytes, at) => [`chunk ${at}`, bytes] as const),
  ...failed.map((bytes) => ['an error of the vendor', bytes] as const),
  ['an error of ours', gemini.writeStreamError(new PointsmanError('upstream_broken', 'cut'))] as const,
])('ends %s as Google ends its own, which pass as they came', (_, bytes) => {
  expect(decode(bytes)).toMatch(asGoogleWrites)
})

it('beats with blank lines: a comment is a broken answer to SDKs of Google', () => {
  expect(decode(gemini.heartbeat ?? new Uint8Array())).toBe('\r\n\r\n')
})
