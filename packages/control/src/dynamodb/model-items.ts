import { isStorable, type JsonObject } from '@pointsman/contract'
import { z } from 'zod'
import { llmModelItem, providerOfItem, type LlmModelItem } from '../catalogue/import/import-llm-models.ts'
import { words, type AsideItem } from './agent-items.ts'
import type { TableItem } from './table.ts'

export interface ModelItem {
  readonly key: string
  readonly facts: LlmModelItem
  /** Whether it is on, and by which member the item says so; null = it says nothing of it. */
  readonly availability: { readonly member: string; readonly isOn: boolean } | null
  readonly item: TableItem
}

/** Seed 003's form has no member for it: these are in use. */
const availabilityMembers = ['is_available', 'enabled', 'is_active'] as const
/** What is written where an item has none yet. */
export const availabilityMember = availabilityMembers[0]

const flag = z.boolean().nullish()
const tableItem = llmModelItem.extend({ is_available: flag, enabled: flag, is_active: flag })

/** Models by their items. What cannot be read is told and holds up no other. */
export function readModelItems(items: readonly TableItem[]): {
  readonly items: readonly ModelItem[]
  readonly refused: readonly AsideItem[]
} {
  const read: ModelItem[] = []
  const refused: AsideItem[] = []
  const keys = new Map<string, string>()
  for (const item of items) {
    const { keyText: key, members } = item
    const told = tableItem.safeParse(members)
    if (!told.success || !isStorable(told.data.display_name ?? '')) {
      const reasons = told.error?.issues.map(words) ?? [
        '"display_name" has a character that cannot be stored',
      ]
      refused.push({ key, reason: reasons.join('; ') })
      continue
    }
    const { enabled, is_active, is_available, ...facts } = told.data
    const name = `${providerOfItem(facts.provider)} ${facts.model_id}`
    const first = keys.get(name)
    if (first !== undefined) refused.push({ key, reason: `the item ${first} is of the same model` })
    else {
      keys.set(name, key)
      const flags = { enabled, is_active, is_available }
      const member = availabilityMembers.find((one) => flags[one] != null)
      const availability = member === undefined ? null : { member, isOn: flags[member] === true }
      read.push({ key, facts, availability, item })
    }
  }
  return { items: read, refused }
}

/** What is compared from look to look. */
export const seenOf = ({ availability, facts }: ModelItem): JsonObject => ({
  ...factsOf(facts),
  is_default: facts.is_default ?? false,
  is_available: availability?.isOn ?? null,
})

/** What is taken over into the catalogue, without what a switch moves. */
export const factsOf = ({ is_default: _, ...facts }: LlmModelItem): JsonObject => ({
  provider: facts.provider,
  model_id: facts.model_id,
  display_name: facts.display_name ?? null,
  input_price: facts.input_price,
  output_price: facts.output_price,
  max_tokens: facts.max_tokens ?? null,
  supports_tools: facts.supports_tools ?? null,
  supports_vision: facts.supports_vision ?? null,
})
