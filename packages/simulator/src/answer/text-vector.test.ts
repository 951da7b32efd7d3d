import { expect, test } from 'vitest'
import { textVector, textVectors } from './text-vector.ts'

const space = { modelId: 'a-model', dimensions: 8 }

test('many texts leave others a turn between any two', async () => {
  const texts = Array.from({ length: 1_000 }, (_none, index) => `text ${index}`)
  let turns = 0
  const count = (): void => {
    turns += 1
    next = setImmediate(count)
  }
  let next = setImmediate(count)
  const made = await textVectors(texts, space, String)
  clearImmediate(next)
  expect(new Set(made).size).toBe(1_000)
  expect(turns).toBeGreaterThan(990)
})

test('a text has the same vector alone and beside others, however often it says a word', async () => {
  const texts = ['a red train', 'red red red', 'soup', 'red']
  const alone = texts.map((text) => textVector(text, space))
  expect(await textVectors(texts, space, (vector) => vector)).toEqual(alone)
  expect(alone[1]).toEqual(alone[3])
  for (const vector of alone) expect(Math.hypot(...vector)).toBeCloseTo(1, 6)
})
