import { failureWords } from '@pointsman/contract'

type Level = 'debug' | 'info' | 'warn' | 'error'

export type Log = (level: Level, event: string, facts?: { readonly [name: string]: unknown }) => void

const order: { readonly [name in Level]: number } = { debug: 0, info: 1, warn: 2, error: 3 }

const plain = (value: unknown): unknown =>
  value instanceof Error ? { name: value.name, message: failureWords(value) } : value

/**
 * One JSON line an event on standard error: time, level, event, then the facts that the caller named. Only named facts
 * are written, never whole requests, so that no key and no prompt can reach a log by accident.
 */
export function createLog(
  least: Level,
  write: (line: string) => void = (line) => void process.stderr.write(line),
): Log {
  return (level, event, facts = {}) => {
    if (order[level] < order[least]) return
    const named = Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, plain(value)]))
    write(`${JSON.stringify({ time: new Date().toISOString(), level, event, ...named })}\n`)
  }
}
