import { createHash } from 'node:crypto'

const seal = /^sealed:[0-9a-f]{64}$/
export const isSeal = (value: unknown): value is string => typeof value === 'string' && seal.test(value)

/**
 * A column's value as the text has it: the seal, where the text has one. An erased column holds the seal itself, and a
 * text from before there were seals the value, so that equal ones need no salt.
 */
export function asSaid(value: string | null, said: unknown, salt: string | null): string | null {
  if (value === null || value === said || salt === null) return value
  return `sealed:${createHash('sha256').update(salt, 'hex').update(value).digest('hex')}`
}
