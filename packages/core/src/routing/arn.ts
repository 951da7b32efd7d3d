import { PointsmanError } from '@pointsman/contract'
import type { CompiledModel, CompiledSnapshot, Named } from '../compile/compiled-snapshot.ts'
import { readArn, regionOfArn, type Arn } from './arn-form.ts'
import { standIn } from './stand-in.ts'

const shownLength = 200

function notFound({ written }: Arn, why: string, suggestions: readonly string[] = []): PointsmanError {
  const shown = written.length > shownLength ? `${written.slice(0, shownLength)}…` : written
  return new PointsmanError('model_not_found', `Model not found: ${shown}. ${why}`, {
    field: 'model',
    suggestions,
  })
}

const ofBedrock = (model: CompiledModel): boolean => model.kind !== 'direct'

/** The entry that Bedrock knows under this id; a model that two providers serve has another id of its own. */
function byUpstreamId({ models }: CompiledSnapshot, id: string): CompiledModel | null {
  const own = models.get(id)
  if (own !== undefined && ofBedrock(own)) return own
  for (const model of models.values()) if (model.upstreamId === id && ofBedrock(model)) return model
  return null
}

/** `foundation-model/…` and `inference-profile/…` end in the id that the catalogue has. */
function byLastSegment(snapshot: CompiledSnapshot, arn: Arn): CompiledModel {
  const model = byUpstreamId(snapshot, arn.name)
  if (model === null) {
    throw notFound(
      arn,
      `The catalogue has no ${arn.name.slice(0, shownLength)}; add it with \`pointsman models add\`.`,
    )
  }
  const regions = standIn(snapshot, model, arn.region).sourceRegions ?? []
  if (arn.region !== '' && regions.length > 0 && !regions.includes(arn.region)) {
    const listed = regions.join(', ')
    throw notFound(arn, `${model.id} cannot be called from ${arn.region}, only from ${listed}.`, [model.id])
  }
  return model
}

/**
 * The region that a caller's ARN names is where a signed call goes: it must be home, or one in which a model of the
 * catalogue can be called. Throws `model_not_found`.
 */
export function requireKnownRegion(
  { models }: CompiledSnapshot,
  { requested, region }: { readonly requested: string; readonly region: string },
  homeRegion: string,
): void {
  if (region === homeRegion) return
  for (const { sourceRegions, upstreamId } of models.values())
    if (sourceRegions?.includes(region) === true || regionOfArn(upstreamId) === region) return
  const shown = requested.length > shownLength ? `${requested.slice(0, shownLength)}…` : requested
  throw new PointsmanError(
    'model_not_found',
    `Model not found: ${shown}. No model of the catalogue can be called in ${region}: correct the ARN's region, or add it to the model's source regions.`,
    { field: 'model' },
  )
}

/**
 * What an ARN stands for, null for what is no ARN of Bedrock: an alias of the id that it ends with, so that code with a
 * hard-wired ARN can be steered like code with the id; else the model. An application profile's model is known to its
 * account alone, so it is found only where the catalogue has an entry for it. Throws `model_not_found` with what to do.
 */
export function namedByArn(snapshot: CompiledSnapshot, requested: string): Named | null {
  const arn = readArn(requested)
  if (arn === null) return null
  if (arn.kind === 'foundation-model' || arn.kind === 'inference-profile') {
    const named = snapshot.names.get(arn.name)
    if (named?.viaAlias === true) return named
    return { kind: 'model', model: byLastSegment(snapshot, arn), viaAlias: false }
  }
  const entry = byUpstreamId(snapshot, arn.written)
  if (entry !== null) return { kind: 'model', model: entry, viaAlias: false }
  throw notFound(
    arn,
    arn.kind === 'application-inference-profile'
      ? 'What stands behind an application profile is known to its account alone: add it with `pointsman models add`, kind application-profile, this ARN as its upstream id and the model behind it as its base.'
      : `Add it with \`pointsman models add\`, this ARN as its upstream id.`,
  )
}
