import { z } from 'zod'
import type { ControlHouse } from '../house.ts'

/** Some three hundred years: a day of the calendar that every database has. */
const longestSeconds = 10_000_000_000

/** Beside `expiresAt`. */
export const expiresInSecondsSchema = z
  .int()
  .min(1)
  .max(longestSeconds)
  .optional()
  .describe('The same in seconds from now, for who does not trust their own clock.')

interface End {
  readonly expiresAt?: string | null | undefined
  readonly expiresInSeconds?: number | undefined
}

/** Null is an end too: never. */
export const isOneEnd = ({ expiresAt, expiresInSeconds }: End): boolean =>
  expiresAt === undefined || expiresInSeconds === undefined

export const oneEndWords = {
  path: ['expiresInSeconds'],
  message: 'name "expiresAt" or "expiresInSeconds", not both',
}

/** Undefined where neither is named. */
export function endMs(
  { clock }: ControlHouse,
  { expiresAt, expiresInSeconds }: End,
): number | null | undefined {
  if (expiresInSeconds !== undefined) return clock.nowMs() + expiresInSeconds * 1_000
  return expiresAt == null ? expiresAt : Date.parse(expiresAt)
}
