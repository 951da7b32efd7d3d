import { crashRounds } from '@pointsman/journal/testing'
import { expect, test } from 'vitest'
import { reportFigure } from './figures.ts'
import { seed, short } from './form.ts'

test('T04 a power cut at any point, again and again on one disk: all that was acknowledged is read, nothing torn is', async () => {
  const rounds = short(150, 10_000)
  const { acknowledged, crashes, torn } = await crashRounds(seed, rounds)
  // The method reaches what it is about.
  expect(torn, `seed ${seed}`).toBeGreaterThan(rounds / 20)
  expect(acknowledged, `seed ${seed}`).toBeGreaterThan(rounds)
  reportFigure(
    'T04',
    `${crashes} crash points in ${rounds} rounds: ${acknowledged} acknowledged records all read, ${torn} torn tails all found (seed ${seed})`,
  )
})
