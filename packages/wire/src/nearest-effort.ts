/** Efforts as all vendors name them, rising. */
const rising = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']

/** The level that is asked for, else the next higher one, else the highest; null = no effort that anybody names so. */
export function nearestEffort(effort: string, levels: readonly string[]): string | null {
  const rank = rising.indexOf(effort)
  if (rank < 0) return null
  return levels.find((level) => rising.indexOf(level) >= rank) ?? levels.at(-1) ?? null
}
