import { UsageError, type Command } from './command.ts'

const unitSeconds: { readonly [unit: string]: number } = { s: 1, m: 60, h: 3_600 }

/** Seconds of a span such as `90s`, `5m` or `1h`. Throws UsageError. */
export function readSpan(text: string | undefined, option: string, command: Command): number | undefined {
  if (text === undefined) return undefined
  const [, count, unit = ''] = /^(\d{1,6})([smh])$/.exec(text) ?? []
  const factor = unitSeconds[unit]
  if (count !== undefined && factor !== undefined && Number(count) > 0) return Number(count) * factor
  throw new UsageError(`${option} takes a span (90s, 5m, 1h), not "${text}".`, command)
}
