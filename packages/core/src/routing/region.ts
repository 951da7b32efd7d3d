import type { Model } from '@pointsman/contract'
import { regionOfArn } from './arn-form.ts'

/** `eu-central-1` → `eu`: the part of a region's name that says where on earth; us-gov is a partition of its own. */
const geography = (region: string): string =>
  region.startsWith('us-gov-') ? 'us-gov' : region.slice(0, Math.max(0, region.indexOf('-')))

export const sameGeography = (region: string, other: string): boolean =>
  region === other || (geography(region) !== '' && geography(region) === geography(other))

/**
 * The region to call a model in: its ARN's, where Bedrock knows it by one; else home where it can be called there or
 * nothing is known of its regions, else the first of the same geography, else its first. `global` for models whose
 * provider has no regions.
 */
export function callingRegion(model: Model, homeRegion: string): string {
  const bound = model.kind === 'direct' ? null : regionOfArn(model.upstreamId)
  if (bound !== null) return bound
  const regions = model.sourceRegions
  if (regions === null || regions.length === 0) return model.kind === 'direct' ? 'global' : homeRegion
  if (regions.includes(homeRegion)) return homeRegion
  return regions.find((region) => sameGeography(region, homeRegion)) ?? regions[0] ?? homeRegion
}

/** Where a call may run that is made in a region; null = not known. AWS tells it for each region that is called. */
export const destinationsFrom = (model: Model, region: string): readonly string[] | null =>
  model.destinationsFrom?.[region] ?? model.destinationRegions
