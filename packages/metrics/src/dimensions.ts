import type { Invocation } from './invocation.ts'
import { none, other } from './labels.ts'

export type DimensionName = 'Agent' | 'Model' | 'Success'

/** The values of an invocation's dimensions, as CloudWatch takes them. */
export type Dimensions = { readonly [Name in DimensionName]: string }

/**
 * Tells an invocation's dimensions. A holder of mutable state. Bound: so many pairs of agent and model, kept for good, since
 * each costs money by the month; those beyond are one `other`, so that nobody can fill a bill with names.
 */
export function createDimensions(maxPairs = 500): (invocation: Invocation) => Dimensions {
  const pairs = new Map<string, Omit<Dimensions, 'Success'>>()
  const pairOf = ({ agent, model }: Invocation): Omit<Dimensions, 'Success'> => {
    const key = `${agent}\n${model}`
    const known = pairs.get(key)
    if (known !== undefined) return known
    if (pairs.size >= maxPairs) return { Agent: other, Model: other }
    const pair = { Agent: dimensionValue(agent), Model: dimensionValue(model) }
    pairs.set(key, pair)
    return pair
  }
  return (invocation) => ({ ...pairOf(invocation), Success: String(invocation.success) })
}

const longestDimension = 1_024

/** ASCII without control characters, not blank, no colon at its beginning. */
function dimensionValue(text: string): string {
  const plain = text
    .replace(/[^\x20-\x7e]/g, '?')
    .trim()
    .replace(/^:+/, '')
    .slice(0, longestDimension)
  return plain === '' ? none : plain
}
