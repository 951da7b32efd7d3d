import { expect, test } from 'vitest'
import { sendTogether, turnSent } from './sent-together.ts'

test('what is sent in a turn goes out when it ends, before the work that waits for that', async () => {
  const done: string[] = []
  const sent = (name: string) => ({ send: () => void done.push(name) })
  const later = turnSent().then(() => done.push('work'))
  sendTogether(sent('a'))
  sendTogether(sent('b'))
  await Promise.resolve()
  expect(done).toEqual([])
  await later
  expect(done).toEqual(['a', 'b', 'work'])
  sendTogether(sent('c'))
  await turnSent()
  expect(done).toEqual(['a', 'b', 'work', 'c'])
})
