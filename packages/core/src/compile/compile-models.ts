import type { FallbackRule, Model } from '@pointsman/contract'
import { isoDateMs } from '../calendar/utc-instant.ts'
import { entriesAStep, pairOf, type CompileMaps, type CompileWork, type Steps } from './compile-index.ts'
import type { CompiledModel } from './compiled-model.ts'
import type { EntryChange } from './entry-changes.ts'
import { groupKey } from './snapshot-parts.ts'

const isCountOrNull = (value: number | null): boolean =>
  value === null || (Number.isSafeInteger(value) && value > 0)

function checkModel(model: Model, problems: Set<string>): void {
  if (model.id === '') problems.add('a model has an empty id')
  if (!Number.isFinite(model.generation)) problems.add(`model ${model.id}: generation is not a number`)
  if (!Number.isFinite(model.priority)) problems.add(`model ${model.id}: priority is not a number`)
  if (!isCountOrNull(model.contextTokens) || !isCountOrNull(model.maxOutputTokens)) {
    problems.add(`model ${model.id}: token limits are positive whole numbers or null`)
  }
  if (model.lifecycle.endsOn !== null && isoDateMs(model.lifecycle.endsOn) === null) {
    problems.add(
      `model ${model.id}: end of life '${model.lifecycle.endsOn}' is not a date such as 2026-07-30`,
    )
  }
}

const memberOf = (model: Model): string => pairOf(groupKey(model.family, model.tier), model.id)

const isProfile = (model: Model): boolean => model.kind === 'geo-profile' || model.kind === 'global-profile'

export function* compileModels(changes: readonly EntryChange<Model>[], work: CompileWork): Steps {
  const bases = new Set<string>()
  for (const [place, { key, before, after }] of changes.entries()) {
    if (place % entriesAStep === 0) yield
    if (before !== undefined) {
      if (before.baseModelId !== null) bases.add(before.baseModelId)
      work.edit.profileMembers.delete(pairOf(before.baseModelId ?? '', before.id))
      work.edit.familyMembers.delete(memberOf(before))
    }
    if (before?.enabled === true && after?.enabled !== true) work.lostModels.add(key)
    if (after === undefined) {
      work.edit.models.delete(key)
      work.lostModels.add(key)
      work.goneNames.add(key)
    } else keepModel(after, work, bases)
  }
  for (const base of bases) {
    const byRegion = profilesOf(base, work)
    if (byRegion.size === 0) work.edit.profiles.delete(base)
    else work.edit.profiles.set(base, byRegion)
    yield
  }
}

function keepModel(model: Model, { edit, problems }: CompileWork, bases: Set<string>): void {
  checkModel(model, problems)
  const { endsOn } = model.lifecycle
  const compiled: CompiledModel = { ...model, endsAtMs: endsOn === null ? null : isoDateMs(endsOn) }
  edit.models.set(model.id, compiled)
  if (!model.enabled) return
  if (isProfile(model) && model.baseModelId !== null) {
    bases.add(model.baseModelId)
    edit.profileMembers.set(pairOf(model.baseModelId, model.id), compiled)
  }
  if (model.purpose === 'chat') edit.familyMembers.set(memberOf(model), compiled)
}

/** Which of two profiles stands in for a base id: one that lives, then the one that stays in its geography. */
function standsBefore(model: Model, other: Model): boolean {
  const lives = model.lifecycle.status !== 'eol'
  if (lives !== (other.lifecycle.status !== 'eol')) return lives
  return model.kind === 'geo-profile' && other.kind !== 'geo-profile'
}

/**
 * Calling region → the profile that serves a base id there. A global profile whose regions are not listed
 * stands under `*`. Application profiles are not here: an operator made each for a purpose of its own.
 */
function profilesOf(base: string, { edit }: CompileWork): ReadonlyMap<string, CompiledModel> {
  const byRegion = new Map<string, CompiledModel>()
  for (const [, model] of edit.profileMembers.beginning(pairOf(base))) {
    const listed = model.sourceRegions ?? []
    const regions = listed.length === 0 && model.kind === 'global-profile' ? ['*'] : listed
    for (const region of regions) {
      const present = byRegion.get(region)
      if (present === undefined || standsBefore(model, present)) byRegion.set(region, model)
    }
  }
  return byRegion
}

export function compileRules(changes: readonly EntryChange<FallbackRule>[], { edit }: CompileWork): void {
  for (const { key, after } of changes) {
    if (after === undefined) edit.rules.delete(key)
    else edit.rules.set(key, after)
  }
}

/**
 * The enabled chat models to which a model's fallback rule leads; a rule with a tier is asked first. Null = it has none;
 * undefined = there is no such model.
 */
export function familyFallbacksOf(
  maps: CompileMaps,
  id: string,
): readonly CompiledModel[] | null | undefined {
  const model = maps.models.get(id)
  if (model === undefined) return undefined
  const rule =
    maps.rules.get(groupKey(model.family, model.tier)) ?? maps.rules.get(groupKey(model.family, null))
  if (rule === undefined) return null
  const members = [...maps.familyMembers.beginning(pairOf(groupKey(rule.toFamily, rule.toTier)))]
  return members.length === 0 ? null : members.map(([, member]) => member)
}
