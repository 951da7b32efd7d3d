import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createEnding } from './ending.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const secondMs = 1_000

/** A data plane whose stop takes a second and whose renewal takes ten. */
function running() {
  const done: string[] = []
  const ending = createEnding((code) => void done.push(`exit ${code}`))
  const work = (name: string, tookMs: number) => (): Promise<void> => {
    done.push(name)
    return new Promise((resolve) => setTimeout(resolve, tookMs))
  }
  return {
    done,
    ending,
    work: { notes: [], stop: work('stop', secondMs), renew: work('renew', 10 * secondMs) },
  }
}

test('one that is signalled alone renews itself', async () => {
  const { done, ending, work } = running()
  ending.begun(work)
  ending.signalled()
  await vi.advanceTimersByTimeAsync(12 * secondMs)
  expect(done).toEqual(['renew', 'exit 0'])
})

test.each(['before', 'after'])(
  'one that the host tells to stop %s its signal stops as the host says',
  async (when) => {
    const { done, ending, work } = running()
    ending.begun(work)
    if (when === 'before') ending.stop()
    ending.signalled()
    await vi.advanceTimersByTimeAsync(10)
    if (when === 'after') ending.stop()
    await vi.advanceTimersByTimeAsync(100 * secondMs)
    expect(done).toEqual(['stop', 'exit 0'])
  },
)

test('one that is being renewed can be told to stop, once; not the other way round', async () => {
  const { done, ending, work } = running()
  ending.begun(work)
  ending.renew()
  ending.renew()
  ending.stop()
  ending.stop()
  ending.renew()
  await vi.advanceTimersByTimeAsync(secondMs)
  expect(done).toEqual(['renew', 'stop', 'exit 0'])
})

test('one that is not up yet has nothing to end', () => {
  const { done, ending } = running()
  ending.stop()
  expect(done).toEqual(['exit 0'])
})
