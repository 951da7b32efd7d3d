import type { WarningList } from './warning-list.ts'

/** Efforts as all vendors name them, rising. */
const rising = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']

/** The level that is asked for, else the next higher one, else the highest; null = no effort that anybody names so. */
export function nearestEffort(effort: string, levels: readonly string[]): string | null {
  const rank = rising.indexOf(effort)
  if (rank < 0) return null
  return levels.find((level) => rising.indexOf(level) >= rank) ?? levels.at(-1) ?? null
}

/** The nearest effort that the model takes, with a warning where it is another one; null = none is to be sent. */
export function fitEffort(effort: string, levels: readonly string[], warnings: WarningList): string | null {
  if (levels.includes(effort)) return effort
  const level = nearestEffort(effort, levels)
  const what =
    level === null
      ? `this model knows the efforts ${levels.join(', ')}; it was left out`
      : effort === 'none'
        ? 'this model cannot be kept from thinking; the lowest effort was asked for'
        : `this model has no such effort; ${level} was asked for`
  warnings.add('reasoning_effort', what)
  return level
}
