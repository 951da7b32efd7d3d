import { UsageError, type Asked } from './command.ts'

/** An option that takes a date or an instant, as the server reads it. Throws UsageError. */
export function readWhen({ text }: Pick<Asked, 'text'>, name: string): string | undefined {
  const value = text(name)
  if (value === undefined) return undefined
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(value)
  const isInstant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(value)
  if ((isDate || isInstant) && !Number.isNaN(Date.parse(value))) return value
  throw new UsageError(
    `--${name} takes a date (2026-11-01) or an instant (2026-11-01T12:00:00Z), not "${value}".`,
  )
}
