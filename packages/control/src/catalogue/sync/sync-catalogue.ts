import { PointsmanError, type Principal } from '@pointsman/contract'
import type { ControlHouse } from '../../house.ts'
import { changeCatalogue, type CatalogueOutcome } from '../changes/change-catalogue.ts'
import { readListedRegion } from './bedrock-lists.ts'
import { offersOf } from './bedrock-offers.ts'
import { mergeOffers } from './merge-offers.ts'

export interface SyncOrder {
  readonly region: string
  /** New entries are put to use at once. */
  readonly enable: boolean
  readonly dryRun: boolean
  readonly ifMatch: number | null
}

/**
 * Brings the catalogue up to what Amazon Bedrock lists in a region, or tells what that would change. AWS is asked before the
 * registry is locked. Throws PointsmanError `credentials_missing`, `provider_auth`, `upstream_…`, `stale`, and `refused`
 * where AWS lists so little of what the registry calls there that it must be a mistake.
 */
export async function syncCatalogue(
  house: ControlHouse,
  principal: Principal,
  { region, enable, dryRun, ifMatch }: SyncOrder,
): Promise<CatalogueOutcome> {
  const { bedrockLists, curated, clock, homeRegion } = house
  if (bedrockLists === undefined)
    throw new PointsmanError('credentials_missing', 'Amazon Bedrock cannot be asked from this server.')
  const nowMs = clock.nowMs()
  const offers = offersOf(await readListedRegion(bedrockLists, region), nowMs)
  if (offers.offers.length === 0)
    throw new PointsmanError(
      'refused',
      `Amazon Bedrock lists no model that can be called in ${region}: look whether it is offered there. Nothing was changed.`,
      { field: 'region' },
    )
  const shipped = curated?.() ?? { models: [], prices: [] }
  return changeCatalogue(house, principal, {
    propose: ({ present, history }) =>
      mergeOffers(offers, { present, history, curated: shipped, homeRegion, nowMs, enable }),
    what: `Sync with Amazon Bedrock in ${region}`,
    dryRun,
    ifMatch,
  })
}
