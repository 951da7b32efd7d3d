import { expect, it } from 'vitest'

import { openaiCall } from './testing/calls.ts'
import { claude, dialects, target } from './testing/dialects-for-tests.ts'

/** A body may have 100,000 members. */
const mostMembers = 99_000
const fill = <Item>(item: Item, members: number): Item[] => Array<Item>(mostMembers / members).fill(item)

/** Far more than it takes; a copy of the turn for each message took 50 s of a data plane's one thread. */
const mostMs = 10_000

const spent = (work: () => unknown): number => {
  const from = performance.now()
  work()
  return performance.now() - from
}

it('writes many neighbours of one role without stalling', () => {
  const call = openaiCall({ messages: fill({ role: 'user', content: 'a' }, 2) })
  const writers = [dialects.anthropicMessages, dialects.bedrockConverse, dialects.gemini]
  for (const dialect of writers) {
    const to = dialect === dialects.gemini ? target({ format: 'gemini' }) : claude(4.5)
    expect(
      spent(() => dialect.writeRequest(call, to)),
      dialect.name,
    ).toBeLessThan(mostMs)
  }
})

it('names many documents of one name without stalling', () => {
  const file = { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,aGk=' } }
  const call = openaiCall({ messages: [{ role: 'user', content: fill(file, 5) }] })
  expect(spent(() => dialects.bedrockConverse.writeRequest(call, claude(4.5)))).toBeLessThan(mostMs)
})
