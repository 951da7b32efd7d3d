import { PointsmanError } from '@pointsman/contract'
import type { CompiledModel, CompiledSnapshot } from '../compile/compiled-snapshot.ts'

/** Partition, region, account and kind are lists that AWS extends; only the form is held. */
const arnForm = /^arn:[a-z0-9-]+:bedrock:([a-z0-9-]*):[0-9]*:([a-z-]+)\/(.+)$/
const shownLength = 200

interface Arn {
  readonly written: string
  /** Empty where the ARN names none, as those of global profiles' models do. */
  readonly region: string
  readonly kind: string
  readonly name: string
}

function readArn(written: string): Arn | null {
  const [, region, kind, name] = arnForm.exec(written) ?? []
  return region === undefined || kind === undefined || name === undefined
    ? null
    : { written, region, kind, name }
}

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
  const regions = model.sourceRegions ?? []
  if (arn.region !== '' && regions.length > 0 && !regions.includes(arn.region)) {
    const listed = regions.join(', ')
    throw notFound(arn, `${model.id} cannot be called from ${arn.region}, only from ${listed}.`, [model.id])
  }
  return model
}

/**
 * The model that an ARN means, null for what is no ARN of Bedrock. An application profile's model is known to its account
 * alone, so it is found only where the catalogue has an entry for it. Throws `model_not_found` with what to do.
 */
export function modelOfArn(snapshot: CompiledSnapshot, requested: string): CompiledModel | null {
  const arn = readArn(requested)
  if (arn === null) return null
  if (arn.kind === 'foundation-model' || arn.kind === 'inference-profile') return byLastSegment(snapshot, arn)
  const entry = byUpstreamId(snapshot, arn.written)
  if (entry !== null) return entry
  throw notFound(
    arn,
    arn.kind === 'application-inference-profile'
      ? 'What stands behind an application profile is known to its account alone: add it with `pointsman models add`, kind application-profile, this ARN as its upstream id and the model behind it as its base.'
      : `Add it with \`pointsman models add\`, this ARN as its upstream id.`,
  )
}
