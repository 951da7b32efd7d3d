import type { Model } from '@pointsman/contract'
import { destinationsFrom } from '../routing/region.ts'
import type { Verdict } from './verdict.ts'

const verdict = (rule: string, reason: string): Verdict => ({ gate: 'resident', rule, reason })

/**
 * Where a call may run. A foundation model called by its base id runs in the region that is called
 * (bedrock.md section 2), which the catalogue need not repeat; every other unknown stays unknown.
 */
function destinations(model: Model, region: string): readonly string[] | null {
  if (model.kind === 'global-profile') return null
  const told = destinationsFrom(model, region)
  if (told !== null) return told
  const runsWhereCalled = model.kind === 'foundation-model' && (model.sourceRegions ?? []).includes(region)
  return runsWhereCalled ? [region] : null
}

/**
 * Whether every region in which a call may run is allowed. What is not known, or may run anywhere, is refused
 * where a rule is set; an empty list says nothing and is refused too. `region`: the one that would be called.
 */
export function checkResident(
  model: Model,
  region: string,
  residency: ReadonlySet<string> | null,
): Verdict | null {
  if (residency === null) return null
  const regions = destinations(model, region)
  if (regions === null || regions.length === 0) {
    return model.kind === 'global-profile'
      ? verdict('global', `${model.id} may run in any region, and this route allows only ${words(residency)}`)
      : verdict(
          'region-unknown',
          `it is not known where ${model.id} runs; this route allows ${words(residency)}`,
        )
  }
  const outside = regions.find((destination) => !residency.has(destination))
  const refused = outside ?? (region === 'global' || residency.has(region) ? undefined : region)
  if (refused === undefined) return null
  return verdict(
    'region-not-allowed',
    `${model.id} may run in ${refused}, and this route allows only ${words(residency)}`,
  )
}

const words = (residency: ReadonlySet<string>): string => [...residency].join(', ')
