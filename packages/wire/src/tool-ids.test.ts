import type { ChatMessage } from '@pointsman/contract'
import { expect, it } from 'vitest'

import { crc32 } from './testing/dialects-for-tests.ts'
import { callIdOf, ToolIds } from './tool-ids.ts'

const allowed = /^[a-zA-Z0-9_-]{1,40}$/

const calling = (...ids: readonly string[]): readonly ChatMessage[] => [
  { role: 'assistant', parts: ids.map((id) => ({ kind: 'tool-call', id, name: 'f', argumentsJson: '{}' })) },
]
const idsFor = (...ids: readonly string[]): ToolIds =>
  new ToolIds(calling(...ids), allowed, (bytes, start) => crc32(bytes, start))

it('keeps ids that fit and makes others for those that do not, the same in every turn', () => {
  const ids = idsFor('call_1', 'a:b')
  expect(ids.of('call_1')).toBe('call_1')
  expect(ids.of('a:b')).toMatch(/^call_[0-9a-f]{16}$/)
  expect(ids.of('a:b')).toBe(ids.of('a:b'))
  expect(idsFor('a:b', 'x').of('a:b')).toBe(ids.of('a:b'))
  expect(ids.of('a:c')).not.toBe(ids.of('a:b'))
})

it('makes no id that another call of the conversation has', () => {
  const made = idsFor('a:b').of('a:b')
  expect(idsFor('a:b', made).of('a:b')).not.toBe(made)
})

it('names a call that its vendor gave no id after the answer', () => {
  expect(callIdOf('toolu_1', '77', 0)).toBe('toolu_1')
  expect([callIdOf('', '77', 0), callIdOf('', '77', 1)]).toEqual(['call_77_0', 'call_77_1'])
})
