import type { Log } from '@pointsman/engine'

/** What is not well goes to standard error, a line each; the rest is told to nobody who did not ask. */
export const logToConsole: Log = (level, message, facts) => {
  if (level === 'info') return
  const told = Object.entries(facts).map(([name, value]) => `${name}=${shown(value)}`)
  // oxlint-disable-next-line no-console -- a library has no log of its own, and a failure must not be lost in silence
  console.error(['pointsman', level, message, ...told].join(' '))
}

const shown = (value: unknown): string =>
  value instanceof Error ? value.message : typeof value === 'string' ? value : JSON.stringify(value)
