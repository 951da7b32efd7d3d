import { expect, test } from 'vitest'
import { TurnQueue } from './turn-queue.ts'
import { matching } from '../testing/matching.ts'

test('works run one after the other, in the order in which they came', async () => {
  const queue = new TurnQueue({ length: 10, waitMs: 60_000 })
  const steps: string[] = []
  const work = (name: string) => () =>
    Promise.resolve()
      .then(() => steps.push(`${name} begins`))
      .then(() => steps.push(`${name} ends`))
  await Promise.all(['a', 'b', 'c'].map((name) => queue.run(work(name))))
  expect(steps).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
  expect(queue.idle).toBe(true)
})

test('a work that fails gives its turn on', async () => {
  const queue = new TurnQueue({ length: 10, waitMs: 60_000 })
  const failed = queue.run(() => Promise.reject(new Error('broken')))
  const next = queue.run(() => Promise.resolve('fine'))
  await expect(failed).rejects.toThrow('broken')
  expect(await next).toBe('fine')
})

test('bounded in length and in waiting time', async () => {
  const queue = new TurnQueue({ length: 1, waitMs: 20 })
  let finish = (): void => undefined
  const stuck = queue.run(() => new Promise<void>((resolve) => (finish = resolve)))
  const waiting = queue.run(() => Promise.resolve())
  await expect(queue.run(() => Promise.resolve())).rejects.toMatchObject({ code: 'registry_unavailable' })
  await expect(waiting).rejects.toMatchObject({ message: matching(/no turn within 20 ms/) })
  finish()
  await stuck
  expect(await queue.run(() => Promise.resolve('fine'))).toBe('fine')
})
