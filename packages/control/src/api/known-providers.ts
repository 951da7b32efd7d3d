import type { ProviderId } from '@pointsman/contract'
import { unknownName } from '../catalogue/unknown-names.ts'
import type { ControlHouse } from '../house.ts'

/** Those that this server knows, and those that only the catalogue names. */
export function knownProviders(house: ControlHouse): ReadonlySet<ProviderId> {
  const own = house.providers?.().map(({ id }) => id) ?? house.providerStates?.().keys() ?? []
  const { models } = house.publishing.holder.required().compiled
  return new Set<ProviderId>([...own, ...[...models.values()].map(({ provider }) => provider)])
}

/** Throws PointsmanError `not_found`. */
export function requireProvider(house: ControlHouse, id: ProviderId): void {
  const names = knownProviders(house)
  if (!names.has(id)) throw unknownName('not_found', 'Provider', id, names)
}
