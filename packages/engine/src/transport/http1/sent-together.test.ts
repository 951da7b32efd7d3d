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

test('one that throws leaves the others of its turn to be sent', async () => {
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  const fault = new Promise((resolve) => void process.once('uncaughtException', resolve))
  const done: string[] = []
  sendTogether({
    send: () => {
      throw new Error('a fault')
    },
  })
  sendTogether({ send: () => void done.push('other') })
  expect(await fault).toEqual(new Error('a fault'))
  for (const listener of listeners) process.on('uncaughtException', listener)
  await turnSent()
  expect(done).toEqual(['other'])
})
