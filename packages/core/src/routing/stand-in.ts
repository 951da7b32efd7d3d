import type { CompiledModel, CompiledSnapshot } from '../compile/compiled-snapshot.ts'
import { sameGeography } from './region.ts'

/**
 * The entry that is called for a model: itself, or, for a base id that the home region serves only through a
 * profile, that profile (bedrock.md section 2: on-demand calls with such an id are refused). A profile that
 * may run anywhere stands in only where no region of the same geography serves the base id.
 */
export function standIn(snapshot: CompiledSnapshot, model: CompiledModel, homeRegion: string): CompiledModel {
  if (model.kind !== 'foundation-model') return model
  const byRegion = snapshot.profiles.get(model.upstreamId)
  const sources = model.sourceRegions ?? []
  if (byRegion === undefined || sources.includes(homeRegion)) return model
  const nearby = sources.some((region) => sameGeography(region, homeRegion))
  const profile = byRegion.get(homeRegion) ?? (nearby ? undefined : byRegion.get('*'))
  return profile?.provider === model.provider ? profile : model
}

export const standInWarning = (namedId: string, profileId: string, region: string): string =>
  `${namedId} is served from ${region} only through the profile ${profileId}, which was called`
