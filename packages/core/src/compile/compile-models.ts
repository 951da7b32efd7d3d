import type { FallbackRule, Model } from '@pointsman/contract'
import { isoDateMs } from '../calendar/utc-instant.ts'
import type { CompiledModel } from './compiled-snapshot.ts'

const isCountOrNull = (value: number | null): boolean =>
  value === null || (Number.isSafeInteger(value) && value > 0)

function checkModel(model: Model, problems: string[]): void {
  if (model.id === '') problems.push('a model has an empty id')
  if (!Number.isFinite(model.generation)) problems.push(`model ${model.id}: generation is not a number`)
  if (!Number.isFinite(model.priority)) problems.push(`model ${model.id}: priority is not a number`)
  if (!isCountOrNull(model.contextTokens) || !isCountOrNull(model.maxOutputTokens)) {
    problems.push(`model ${model.id}: token limits are positive whole numbers or null`)
  }
  if (model.lifecycle.endsOn !== null && isoDateMs(model.lifecycle.endsOn) === null) {
    problems.push(
      `model ${model.id}: end of life '${model.lifecycle.endsOn}' is not a date such as 2026-07-30`,
    )
  }
}

export function compileModels(
  models: readonly Model[],
  problems: string[],
): ReadonlyMap<string, CompiledModel> {
  const compiled = new Map<string, CompiledModel>()
  for (const model of models) {
    if (compiled.has(model.id)) problems.push(`model ${model.id} stands twice`)
    checkModel(model, problems)
    const { endsOn } = model.lifecycle
    compiled.set(model.id, { ...model, endsAtMs: endsOn === null ? null : isoDateMs(endsOn) })
  }
  return compiled
}

/** Which of two profiles stands in for a base id: one that lives, then the one that stays in its geography. */
function standsBefore(model: Model, other: Model): boolean {
  const lives = model.lifecycle.status !== 'eol'
  if (lives !== (other.lifecycle.status !== 'eol')) return lives
  return model.kind === 'geo-profile' && other.kind !== 'geo-profile'
}

/**
 * Base id → calling region → the profile that serves it there. A global profile whose regions are not listed
 * stands under `*`. Application profiles are not here: an operator made each for a purpose of its own.
 */
export function indexProfiles(
  models: ReadonlyMap<string, CompiledModel>,
): ReadonlyMap<string, ReadonlyMap<string, CompiledModel>> {
  const index = new Map<string, Map<string, CompiledModel>>()
  for (const model of models.values()) {
    const isProfile = model.kind === 'geo-profile' || model.kind === 'global-profile'
    if (!isProfile || !model.enabled || model.baseModelId === null) continue
    const listed = model.sourceRegions ?? []
    const regions = listed.length === 0 && model.kind === 'global-profile' ? ['*'] : listed
    const byRegion = index.get(model.baseModelId) ?? new Map<string, CompiledModel>()
    index.set(model.baseModelId, byRegion)
    for (const region of regions) {
      const present = byRegion.get(region)
      if (present === undefined || standsBefore(model, present)) byRegion.set(region, model)
    }
  }
  return index
}

const groupKey = (family: string, tier: string | null): string => JSON.stringify([family, tier])

/** Model id → the enabled chat models to which its fallback rule leads; a rule with a tier is asked first. */
export function indexFamilyFallbacks(
  models: ReadonlyMap<string, CompiledModel>,
  rules: readonly FallbackRule[],
  problems: string[],
): ReadonlyMap<string, readonly CompiledModel[]> {
  const members = new Map<string, CompiledModel[]>()
  for (const model of models.values()) {
    if (!model.enabled || model.purpose !== 'chat') continue
    const key = groupKey(model.family, model.tier)
    const group = members.get(key)
    if (group === undefined) members.set(key, [model])
    else group.push(model)
  }
  const byGroup = new Map<string, readonly CompiledModel[]>()
  for (const rule of rules) {
    const key = groupKey(rule.family, rule.tier)
    if (byGroup.has(key))
      problems.push(`two fallback rules stand for ${rule.family} ${rule.tier ?? '(any tier)'}`)
    byGroup.set(key, members.get(groupKey(rule.toFamily, rule.toTier)) ?? [])
  }
  const fallbacks = new Map<string, readonly CompiledModel[]>()
  for (const model of models.values()) {
    const group = byGroup.get(groupKey(model.family, model.tier)) ?? byGroup.get(groupKey(model.family, null))
    if (group !== undefined && group.length > 0) fallbacks.set(model.id, group)
  }
  return fallbacks
}
