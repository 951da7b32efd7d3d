import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from '../../server.ts'
import { reportFigure } from '../figures.ts'
import { isSoak, seed } from '../form.ts'
import { plantedFaults, type PlantedFault } from './faults.ts'
import { openNursery, type Nursery } from './plant.ts'

/*
 * The tests themselves: each mistake is made in a copy of the sources, and the tests that are named for it must fail there.
 * The short form draws two that need no database; the long form makes all, and runs the same tests without them first.
 */
let nursery: Nursery
beforeAll(async () => {
  nursery = await openNursery()
})
afterAll(() => nursery.close())

function drawn(): readonly PlantedFault[] {
  if (isSoak) return plantedFaults
  const quick = plantedFaults.filter((fault) => fault.quick)
  return [0, 1].flatMap((at) => quick[(seed + at * 3) % quick.length] ?? [])
}

test('T50: each fault still fits the sources', async () => {
  const stale: unknown[] = []
  for (const { edits, name } of plantedFaults)
    for (const { before, file } of edits) {
      const found = (await readFile(join(root, file), 'utf8')).split(before).length - 1
      if (found !== 1) stale.push({ name, file, before, found })
    }
  expect(stale).toEqual([])
  expect(plantedFaults.length).toBeGreaterThanOrEqual(20)
})

let caught = 0
test.each(drawn().map((fault) => [fault.name, fault] as const))(
  'T50: %s: noticed',
  async (_name, fault) => {
    if (isSoak) expect(await nursery.run(fault, false)).toMatchObject({ failed: 0 })
    const { failed, of } = await nursery.run(fault, true)
    expect(of).toBeGreaterThan(0)
    expect(failed).toBeGreaterThan(0)
    caught += 1
  },
  300_000,
)

test('T50: all of them', () => {
  reportFigure('T50', `${caught} of ${drawn().length} planted faults caught (seed ${seed})`)
  expect(caught).toBe(drawn().length)
})
