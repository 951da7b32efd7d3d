import { UsageError, type Command } from './command.ts'

const unitSeconds: { readonly [unit: string]: number } = { m: 60, h: 3_600, d: 86_400 }

/** Seconds of `90m`, `12h` or `30d`; undefined where it is no span. */
function secondsOfSpan(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,5})([mhd])$/.exec(text) ?? []
  const factor = unitSeconds[unit]
  return count === undefined || factor === undefined ? undefined : Number(count) * factor
}

/** `Date.parse` takes the thirtieth of February for the second of March. */
function isDay(text: string): boolean {
  const atMs = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isFinite(atMs) && new Date(atMs).toISOString().startsWith(text)
}

export interface Until {
  /** An instant that was named, as ISO 8601. */
  readonly instant?: string
  /** A span from now. The server counts it: this machine's clock may be wrong, and what ends would end at once, or hardly ever. */
  readonly seconds?: number
}

/** What something lasts until: a date ends with its day, UTC. Neither where nothing was said. Throws UsageError. */
export function readUntil(text: string | undefined, option: string, command: Command): Until {
  if (text === undefined) return {}
  const seconds = secondsOfSpan(text)
  if (seconds !== undefined) return { seconds }
  const whole = isDay(text)
  const hasOffset = isDay(text.slice(0, 10)) && /^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})$/.test(text)
  const ms = whole ? Date.parse(text) + 86_400_000 : hasOffset ? Date.parse(text) : Number.NaN
  if (Number.isFinite(ms)) return { instant: new Date(ms).toISOString() }
  throw new UsageError(
    `${option} takes a date (2027-01-31), an instant (2027-01-31T12:00:00Z) or a span from now (30d, 12h, 90m), not "${text}".`,
    command,
  )
}
