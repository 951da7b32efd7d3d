import type { DialectName } from '@pointsman/contract'

/** Frames of a kind that a dialect does not know, counted by name, so that a vendor's news is seen. */
export interface UnrecognisedFrames {
  count(dialect: DialectName, name: string): void
  /** `dialect/name` → how often since the start. */
  read(): ReadonlyMap<string, number>
}

// A vendor that invents a name for every frame must not fill the memory.
const maxNames = 200
const overflowName = 'other'

/** The holder of these counts; one a process, bounded to 200 names, later ones are counted as `dialect/other`. */
export function createUnrecognisedFrames(): UnrecognisedFrames {
  const counts = new Map<string, number>()
  return {
    count(dialect, name) {
      const own = `${dialect}/${name.slice(0, 80)}`
      const key = counts.has(own) || counts.size < maxNames ? own : `${dialect}/${overflowName}`
      counts.set(key, (counts.get(key) ?? 0) + 1)
    },
    read: () => counts,
  }
}
