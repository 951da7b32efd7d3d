import type { CircuitItem, ModelItem } from '@pointsman/sdk'
import { dollars } from './format.ts'
import type { Column } from './table.ts'

/** A catalogue entry in a list. */
export const modelColumns: readonly Column[] = [
  { heading: 'ID' },
  { heading: 'NAME', least: 18, drop: 2 },
  { heading: 'USE CASE', drop: 1 },
  { heading: 'IN $/M', align: 'right' },
  { heading: 'OUT $/M', align: 'right' },
  { heading: 'STATE' },
]

/** `held`: circuits by model id. */
export const modelRow = (
  model: ModelItem,
  held: ReadonlyMap<string, readonly CircuitItem[]>,
): readonly string[] => [
  model.id,
  model.name,
  model.useCase ?? '-',
  dollars(model.inputCostPerMTok),
  dollars(model.outputCostPerMTok),
  stateOf(model, held.get(model.id) ?? []),
]

/** Regions and more are told where providers are listed: they would be too wide here. */
function stateOf(model: ModelItem, held: readonly CircuitItem[]): string {
  if (held.length === 0) return modelState(model)
  return model.isAvailable && !model.isDefault ? 'held' : `${modelState(model)}, held`
}

/** `held back in eu-central-1`, or that it is being tried again. */
export const heldWords = ({ region, state }: CircuitItem): string =>
  `${state === 'open' ? 'held back' : 'tried again'} in ${region}`

/** What hinders or distinguishes it: `disabled`, `ended`, `legacy`, `default`; else `on`. */
export function modelState({ isAvailable, isDefault, lifecycle }: ModelItem): string {
  const words = [
    ...(isDefault ? ['default'] : []),
    ...(isAvailable ? [] : ['disabled']),
    ...(lifecycle === 'active' ? [] : [lifecycle === 'eol' ? 'ended' : lifecycle]),
  ]
  return words.length === 0 ? 'on' : words.join(', ')
}
