import type { Abilities, LifecycleStatus, Model, ModelId } from '@pointsman/contract'
import { callingRegion, lifecycleStatusAt, priceInForce, type CompiledSnapshot } from '@pointsman/core'
import type { CatalogueRow } from '@pointsman/registry'

/** A catalogue entry as lists show it. */
export interface ModelItem {
  readonly id: ModelId
  readonly name: string
  /** The company that made it. */
  readonly provider: string
  /** Who the call goes to. */
  readonly servedBy: string
  readonly useCase: string | null
  readonly maxTokens: number | null
  /** US-$ per million tokens today, in the region that is called; null = not known. */
  readonly inputCostPerMTok: number | null
  readonly outputCostPerMTok: number | null
  readonly isAvailable: boolean
  readonly isDefault: boolean
  readonly lifecycle: LifecycleStatus
  readonly endsOn: string | null
  readonly replacement: ModelId | null
  readonly format: string
  /** What it is known to be able to do: `tools`, `images`, … */
  readonly abilities: readonly string[]
  /** Where it may run when it is called; null = not known. */
  readonly runsIn: readonly string[] | null
  readonly contextTokens: number | null
}

export interface ItemContext {
  readonly snapshot: CompiledSnapshot
  readonly nowMs: number
  readonly homeRegion: string
}

export function modelItem(row: CatalogueRow, context: ItemContext): ModelItem {
  const { model } = row
  const price = priceInForce(
    context.snapshot,
    model.id,
    callingRegion(model, context.homeRegion),
    context.nowMs,
  )
  return {
    id: model.id,
    name: model.name,
    provider: model.vendor,
    servedBy: model.provider,
    useCase: row.useCase,
    maxTokens: model.maxOutputTokens,
    inputCostPerMTok: perMillion(price?.inputPicoUsd),
    outputCostPerMTok: perMillion(price?.outputPicoUsd),
    isAvailable: model.enabled,
    isDefault: row.isDefault,
    lifecycle: statusOf(model, context),
    endsOn: model.lifecycle.endsOn,
    replacement: model.lifecycle.replacement,
    format: model.format,
    abilities: abilitiesOf(model.abilities),
    runsIn: model.destinationRegions,
    contextTokens: model.contextTokens,
  }
}

/** In the catalogue's order, those past their end of life last. */
export const endOfLifeLast = <Item extends ModelItem>(items: readonly Item[]): readonly Item[] => [
  ...items.filter((item) => item.lifecycle !== 'eol'),
  ...items.filter((item) => item.lifecycle === 'eol'),
]

/** US-$ 1 per million tokens is 1,000,000 pico-dollars a token. */
const perMillion = (picoUsd: number | null | undefined): number | null =>
  picoUsd == null ? null : picoUsd / 1_000_000

function statusOf(model: Model, { snapshot, nowMs }: ItemContext): LifecycleStatus {
  const compiled = snapshot.models.get(model.id)
  return compiled === undefined ? model.lifecycle.status : lifecycleStatusAt(compiled, nowMs)
}

const abilitiesOf = (abilities: Abilities): readonly string[] =>
  Object.entries(abilities).flatMap(([ability, can]) => (can === true ? [ability] : []))
