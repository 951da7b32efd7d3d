import type { SimulatedModel } from '../simulated-model.ts'
import { BedrockFailure, validation } from './failure.ts'
import { offeredIn } from './model-resolution.ts'

const ACCOUNT = '000000000000'
const CREATED_AT = '2024-12-03T00:00:00Z'

/** `GET /foundation-models`: base models only, as in the real list; filtered by provider, inference type and modality. */
export function listFoundationModels(
  models: readonly SimulatedModel[],
  region: string,
  query: URLSearchParams,
): string {
  const provider = query.get('byProvider')?.toLowerCase()
  const inferenceType = query.get('byInferenceType')
  const modality = query.get('byOutputModality')
  const modelSummaries = baseModels(models, region)
    .filter((summary) => provider === undefined || summary.providerName.toLowerCase() === provider)
    .filter((summary) => inferenceType === null || summary.inferenceTypesSupported.includes(inferenceType))
    .filter((summary) => modality === null || summary.outputModalities.includes(modality))
  return JSON.stringify({ modelSummaries })
}

/** `GET /foundation-models/{id}`: a base id, or its ARN. */
export function getFoundationModel(models: readonly SimulatedModel[], region: string, name: string): string {
  const id = name.replace(/^arn:[^/]*:foundation-model\//, '')
  const modelDetails = baseModels(models, region).find(({ modelId }) => modelId === id)
  if (modelDetails === undefined) throw validation('The provided model identifier is invalid.')
  return JSON.stringify({ modelDetails })
}

/** `GET /foundation-model-availability/{modelId}`: what the account may use, of a base model. */
export function getFoundationModelAvailability(
  models: readonly SimulatedModel[],
  { modelId, region }: { readonly region: string; readonly modelId: string },
  withoutAccess: readonly string[],
): string {
  if (!baseModels(models, region).some((summary) => summary.modelId === modelId))
    throw validation('The provided model identifier is invalid.')
  const isOpen = !withoutAccess.includes(modelId)
  return JSON.stringify({
    modelId,
    agreementAvailability: { status: isOpen ? 'AVAILABLE' : 'NOT_AVAILABLE' },
    authorizationStatus: 'AUTHORIZED',
    entitlementAvailability: isOpen ? 'AVAILABLE' : 'NOT_AVAILABLE',
    regionAvailability: 'AVAILABLE',
  })
}

/** `GET /inference-profiles/{id|arn}` */
export function getInferenceProfile(models: readonly SimulatedModel[], region: string, name: string): string {
  const profile = profilesIn(models, region).find(
    ({ inferenceProfileArn, inferenceProfileId }) =>
      name === inferenceProfileId || name === inferenceProfileArn,
  )
  if (profile === undefined)
    throw new BedrockFailure(
      'ResourceNotFoundException',
      `Inference profile ${name.slice(0, 200)} not found.`,
    )
  return JSON.stringify(profile)
}

/** `GET /inference-profiles`: pages with `maxResults` and `nextToken`; those of the system unless others are asked for. */
export function listInferenceProfiles(
  models: readonly SimulatedModel[],
  region: string,
  query: URLSearchParams,
): string {
  const type = query.get('type') ?? 'SYSTEM_DEFINED'
  if (type !== 'SYSTEM_DEFINED' && type !== 'APPLICATION') {
    throw validation(
      `1 validation error detected: Value '${type.slice(0, 50)}' at 'typeEquals' failed to satisfy constraint: Member must satisfy enum value set: [SYSTEM_DEFINED, APPLICATION]`,
    )
  }
  const profiles = profilesIn(models, region).filter((profile) => profile.type === type)
  const from = wholeNumber(query.get('nextToken'), 0, 'nextToken')
  const size = wholeNumber(query.get('maxResults'), 100, 'maxResults')
  if (size < 1 || size > 1_000) throw validation('maxResults must be between 1 and 1000.')
  const page = profiles.slice(from, from + size)
  const nextToken = from + size < profiles.length ? { nextToken: String(from + size) } : {}
  return JSON.stringify({ inferenceProfileSummaries: page, ...nextToken })
}

/** Those of the system, and application profiles by the ARNs under which models are known beside their ids. */
function profilesIn(models: readonly SimulatedModel[], region: string): readonly ProfileSummary[] {
  const offered = models.filter((model) => offeredIn(model, region))
  const application = offered.flatMap((model) =>
    (model.alsoKnownAs ?? [])
      .filter((arn) => arn.includes(`:bedrock:${region}:`) && arn.includes(':application-inference-profile/'))
      .map((arn) => profileSummary(model, region, arn)),
  )
  return [...offered.filter(isProfile).map((model) => profileSummary(model, region, null)), ...application]
}

interface FoundationModelSummary {
  readonly modelId: string
  readonly providerName: string
  readonly inferenceTypesSupported: readonly string[]
  readonly outputModalities: readonly string[]
}

interface ProfileSummary {
  readonly inferenceProfileId: string
  readonly inferenceProfileArn: string
  readonly type: string
}

function baseModels(models: readonly SimulatedModel[], region: string): readonly FoundationModelSummary[] {
  const offered = models.filter((model) => offeredIn(model, region))
  const seen = new Set<string>()
  return offered.flatMap((model) => {
    const modelId = isProfile(model) ? (model.baseModelId ?? model.id) : model.id
    if (seen.has(modelId)) return []
    seen.add(modelId)
    const own = models.find((other) => other.id === modelId)
    const onDemand =
      own !== undefined && offeredIn(own, region) && own.profileOnlyRegions?.includes(region) !== true
    return [foundationModelSummary(own ?? model, { modelId, region, onDemand })]
  })
}

function foundationModelSummary(
  model: SimulatedModel,
  place: { readonly modelId: string; readonly region: string; readonly onDemand: boolean },
): FoundationModelSummary & Record<string, unknown> {
  const { abilities, lifecycle, listedAs } = model
  return {
    modelArn: `arn:aws:bedrock:${place.region}::foundation-model/${place.modelId}`,
    modelId: place.modelId,
    modelName: model.name,
    providerName: model.vendor,
    inputModalities: listedAs?.inputModalities ?? (abilities.images === true ? ['TEXT', 'IMAGE'] : ['TEXT']),
    outputModalities: listedAs?.outputModalities ?? [model.purpose === 'embedding' ? 'EMBEDDING' : 'TEXT'],
    responseStreamingSupported: abilities.streaming !== false && model.purpose === 'chat',
    customizationsSupported: [],
    inferenceTypesSupported: listedAs?.inferenceTypesSupported ?? [
      place.onDemand ? 'ON_DEMAND' : 'INFERENCE_PROFILE',
    ],
    modelLifecycle: {
      status: lifecycle.status === 'active' ? 'ACTIVE' : 'LEGACY',
      ...(lifecycle.endsOn === null ? {} : { endOfLifeTime: `${lifecycle.endsOn}T00:00:00Z` }),
    },
  }
}

function isProfile(model: SimulatedModel): boolean {
  return model.baseModelId !== null && model.baseModelId !== model.id
}

/** `arn`: of an application profile; null = the system's own. */
function profileSummary(model: SimulatedModel, region: string, arn: string | null): ProfileSummary {
  const base = model.baseModelId ?? model.id
  const isGlobal = model.id.startsWith('global.')
  const leads = model.destinationsFrom?.[region] ?? model.destinationRegions ?? [region]
  const destinations = isGlobal ? ['', region] : isProfile(model) ? leads : [region]
  const facts = {
    inferenceProfileName: arn === null ? model.name : `${model.name} for an application`,
    description: `Routes requests to ${model.name}.`,
    createdAt: CREATED_AT,
    updatedAt: CREATED_AT,
    inferenceProfileArn: arn ?? `arn:aws:bedrock:${region}:${ACCOUNT}:inference-profile/${model.id}`,
    models: destinations.map((destination) => ({
      modelArn: `arn:aws:bedrock:${destination}::foundation-model/${base}`,
    })),
    inferenceProfileId: arn?.slice(arn.indexOf('/') + 1) ?? model.id,
    status: model.listedAs?.status ?? 'ACTIVE',
    type: arn === null ? 'SYSTEM_DEFINED' : 'APPLICATION',
  }
  return facts
}

function wholeNumber(text: string | null, fallback: number, name: string): number {
  if (text === null) return fallback
  if (!/^\d{1,9}$/.test(text)) throw validation(`${name} is not valid.`)
  return Number(text)
}
