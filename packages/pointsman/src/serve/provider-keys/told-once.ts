import type { Log } from '../log.ts'

/**
 * What is tried again and again: null where it failed. The first failure of its kind is told, and the next one only when it
 * went well in between.
 */
export function toldOnce(log: Log) {
  const standing = new Set<string>()
  return async <Result>(failure: string, work: () => Promise<Result>): Promise<Result | null> => {
    try {
      const result = await work()
      standing.delete(failure)
      return result
    } catch (error) {
      if (!standing.has(failure)) log('warn', failure, { error })
      standing.add(failure)
      return null
    }
  }
}
