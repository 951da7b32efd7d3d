import { expect, test } from 'vitest'
import { LookedUp } from './looked-up.ts'

test('what was found is not looked for again, and what was not may be there later', () => {
  const asked: string[] = []
  const found = new Map([['a', { name: 'a' }]])
  const map = new LookedUp(
    () => found.keys(),
    (key) => {
      asked.push(key)
      return found.get(key)
    },
  )
  const first = map.get('a')
  expect([first, map.get('b')]).toEqual([{ name: 'a' }, undefined])
  found.set('b', { name: 'b' })
  expect([map.get('a') === first, map.get('b')]).toEqual([true, { name: 'b' }])
  expect(asked).toEqual(['a', 'b', 'b'])
})

test('that a key has nothing is kept where it is known, and told as nothing', () => {
  const asked: string[] = []
  const map = new LookedUp(
    () => ['none', 'some'],
    (key) => {
      asked.push(key)
      return key === 'none' ? null : { key }
    },
  )
  expect([map.get('none'), map.get('none'), asked]).toEqual([undefined, undefined, ['none']])
  expect([map.has('none'), map.size, [...map.keys()]]).toEqual([false, 1, ['some']])
})

test('names beyond the bound are found as well', () => {
  const map = new LookedUp(
    () => [],
    (key) => ({ key }),
  )
  const keys = Array.from({ length: 2_500 }, (_, at) => `name-${at}`)
  for (let round = 0; round < 2; round += 1) expect(keys.map((key) => map.get(key)?.key)).toEqual(keys)
})

test('as many names as one likes that have nothing leave those their place that have something', () => {
  let asked = 0
  const map = new LookedUp(
    () => [],
    (key) => {
      asked += 1
      return key.startsWith('none') ? null : { key }
    },
  )
  for (let at = 0; at < 1_500; at += 1) map.get(`none-${at}`)
  map.get('some')
  asked = 0
  expect([map.get('some'), asked]).toEqual([{ key: 'some' }, 0])
  // Those beyond the bound are looked for again.
  map.get('none-1499')
  expect(asked).toBe(1)
})
