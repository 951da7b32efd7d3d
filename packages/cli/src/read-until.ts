import { UsageError, type Command } from './command.ts'

const unitMs: { readonly [unit: string]: number } = { m: 60_000, h: 3_600_000, d: 86_400_000 }

/** An instant that something lasts until, as ISO 8601: a date ends with its day, UTC; `30d` is counted from now. Throws UsageError. */
export function readUntil(
  text: string | undefined,
  option: string,
  command: Command,
  nowMs = Date.now(),
): string | undefined {
  if (text === undefined) return undefined
  const [, count, unit = ''] = /^(\d{1,5})([mhd])$/.exec(text) ?? []
  const span = count === undefined ? Number.NaN : Number(count) * (unitMs[unit] ?? Number.NaN)
  const whole = /^\d{4}-\d{2}-\d{2}$/.test(text)
  const hasOffset = /^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})$/.test(text)
  const named = whole ? Date.parse(text) + 86_400_000 : hasOffset ? Date.parse(text) : Number.NaN
  const ms = Number.isNaN(span) ? named : nowMs + span
  if (Number.isFinite(ms)) return new Date(ms).toISOString()
  throw new UsageError(
    `${option} takes a date (2027-01-31), an instant (2027-01-31T12:00:00Z) or a span from now (30d, 12h, 90m), not "${text}".`,
    command,
  )
}
