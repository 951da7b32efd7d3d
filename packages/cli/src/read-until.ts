import { UsageError, type Command } from './command.ts'

const unitSeconds: { readonly [unit: string]: number } = { m: 60, h: 3_600, d: 86_400 }

/** Seconds of `90m`, `12h` or `30d`; undefined where it is no span. */
export function secondsOfSpan(text: string | undefined): number | undefined {
  const [, count, unit = ''] = /^(\d{1,5})([mhd])$/.exec(text ?? '') ?? []
  const factor = unitSeconds[unit]
  return count === undefined || factor === undefined ? undefined : Number(count) * factor
}

/** An instant that something lasts until, as ISO 8601: a date ends with its day, UTC; `30d` is counted from now. Throws UsageError. */
export function readUntil(
  text: string | undefined,
  option: string,
  command: Command,
  nowMs = Date.now(),
): string | undefined {
  if (text === undefined) return undefined
  const span = secondsOfSpan(text)
  const whole = /^\d{4}-\d{2}-\d{2}$/.test(text)
  const hasOffset = /^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})$/.test(text)
  const named = whole ? Date.parse(text) + 86_400_000 : hasOffset ? Date.parse(text) : Number.NaN
  const ms = span === undefined ? named : nowMs + span * 1_000
  if (Number.isFinite(ms)) return new Date(ms).toISOString()
  throw new UsageError(
    `${option} takes a date (2027-01-31), an instant (2027-01-31T12:00:00Z) or a span from now (30d, 12h, 90m), not "${text}".`,
    command,
  )
}
