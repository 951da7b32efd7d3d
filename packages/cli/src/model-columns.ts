import type { ModelItem } from '@pointsman/sdk'
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

export const modelRow = (model: ModelItem): readonly string[] => [
  model.id,
  model.name,
  model.useCase ?? '-',
  dollars(model.inputCostPerMTok),
  dollars(model.outputCostPerMTok),
  modelState(model),
]

/** What hinders or distinguishes it: `disabled`, `ended`, `legacy`, `default`; else `on`. */
export function modelState({ isAvailable, isDefault, lifecycle }: ModelItem): string {
  const words = [
    ...(isDefault ? ['default'] : []),
    ...(isAvailable ? [] : ['disabled']),
    ...(lifecycle === 'active' ? [] : [lifecycle === 'eol' ? 'ended' : lifecycle]),
  ]
  return words.length === 0 ? 'on' : words.join(', ')
}
