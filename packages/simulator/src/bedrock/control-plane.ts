import type { SimulatedModel } from '../simulated-model.ts'
import { validation } from './failure.ts'
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

/** `GET /inference-profiles`: pages with `maxResults` and `nextToken`. Application profiles do not exist here. */
export function listInferenceProfiles(
  models: readonly SimulatedModel[],
  region: string,
  query: URLSearchParams,
): string {
  const type = query.get('type')
  if (type !== null && type !== 'SYSTEM_DEFINED' && type !== 'APPLICATION') {
    throw validation(
      `1 validation error detected: Value '${type.slice(0, 50)}' at 'typeEquals' failed to satisfy constraint: Member must satisfy enum value set: [SYSTEM_DEFINED, APPLICATION]`,
    )
  }
  const profiles =
    type === 'APPLICATION' ? [] : models.filter((model) => isProfile(model) && offeredIn(model, region))
  const from = wholeNumber(query.get('nextToken'), 0, 'nextToken')
  const size = wholeNumber(query.get('maxResults'), 100, 'maxResults')
  if (size < 1 || size > 1_000) throw validation('maxResults must be between 1 and 1000.')
  const page = profiles.slice(from, from + size).map((model) => profileSummary(model, region))
  const nextToken = from + size < profiles.length ? { nextToken: String(from + size) } : {}
  return JSON.stringify({ inferenceProfileSummaries: page, ...nextToken })
}

interface FoundationModelSummary {
  readonly providerName: string
  readonly inferenceTypesSupported: readonly string[]
  readonly outputModalities: readonly string[]
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
  const { abilities, lifecycle } = model
  return {
    modelArn: `arn:aws:bedrock:${place.region}::foundation-model/${place.modelId}`,
    modelId: place.modelId,
    modelName: model.name,
    providerName: model.vendor,
    inputModalities: abilities.images === true ? ['TEXT', 'IMAGE'] : ['TEXT'],
    outputModalities: [model.purpose === 'embedding' ? 'EMBEDDING' : 'TEXT'],
    responseStreamingSupported: abilities.streaming !== false && model.purpose === 'chat',
    customizationsSupported: [],
    inferenceTypesSupported: [place.onDemand ? 'ON_DEMAND' : 'INFERENCE_PROFILE'],
    modelLifecycle: {
      status: lifecycle.status === 'active' ? 'ACTIVE' : 'LEGACY',
      ...(lifecycle.endsOn === null ? {} : { endOfLifeTime: `${lifecycle.endsOn}T00:00:00Z` }),
    },
  }
}

function isProfile(model: SimulatedModel): boolean {
  return model.baseModelId !== null && model.baseModelId !== model.id
}

function profileSummary(model: SimulatedModel, region: string): Record<string, unknown> {
  const base = model.baseModelId ?? model.id
  const isGlobal = model.id.startsWith('global.')
  const destinations = isGlobal ? ['', region] : (model.destinationRegions ?? [region])
  return {
    inferenceProfileName: model.name,
    description: `Routes requests to ${model.name}.`,
    createdAt: CREATED_AT,
    updatedAt: CREATED_AT,
    inferenceProfileArn: `arn:aws:bedrock:${region}:${ACCOUNT}:inference-profile/${model.id}`,
    models: destinations.map((destination) => ({
      modelArn: `arn:aws:bedrock:${destination}::foundation-model/${base}`,
    })),
    inferenceProfileId: model.id,
    status: 'ACTIVE',
    type: 'SYSTEM_DEFINED',
  }
}

function wholeNumber(text: string | null, fallback: number, name: string): number {
  if (text === null) return fallback
  if (!/^\d{1,9}$/.test(text)) throw validation(`${name} is not valid.`)
  return Number(text)
}
