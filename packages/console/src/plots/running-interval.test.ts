import { expect, test } from 'vitest'
import { hasRunning, runningOf, wholeOf } from './running-interval.ts'

const instants = [0, 60, 120]

test('an interval that is not over is told apart from whole ones', () => {
  const values = [4, 5, 1]
  const running = { instants, to: 130 }
  expect(hasRunning(running)).toBe(true)
  expect(wholeOf(values, running)).toEqual([4, 5, null])
  expect(runningOf(values, running)).toEqual([null, 5, 1])
  const over = { instants, to: 180 }
  expect(wholeOf(values, over)).toEqual(values)
  expect(runningOf(values, over)).toEqual([null, null, null])
  expect(hasRunning({ instants: [0], to: 1 })).toBe(false)
})
