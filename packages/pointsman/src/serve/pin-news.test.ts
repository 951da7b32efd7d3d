import { expect, test } from 'vitest'
import { movedPinOf } from './pin-news.ts'

test.each([
  ['{"workspace":"default","conversationId":"c"}', { workspace: 'default', conversationId: 'c' }],
  ['{"workspace":"default","userId":"u"}', { workspace: 'default', userId: 'u' }],
])('a notice names whose pin moved: %s', (payload, moved) => {
  expect(movedPinOf(payload)).toEqual(moved)
})

test.each([null, '', '{', 'null', '7', '{"workspace":"default"}', '{"workspace":1,"userId":"u"}'])(
  'what names nobody means that any pin may have moved: %s',
  (payload) => {
    expect(movedPinOf(payload)).toBeNull()
  },
)
