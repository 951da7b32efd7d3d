import type { LifecycleStatus, ModelKind } from '@pointsman/contract'
import type { FoundationModel, InferenceProfile, ListedRegion } from './bedrock-lists.ts'

/** Something that can be called from a region, in our words. */
export interface Offer {
  /** Profile id, base id, or the ARN of an application profile. */
  readonly upstreamId: string
  readonly name: string | null
  readonly kind: ModelKind
  readonly baseModelId: string | null
  readonly purpose: 'chat' | 'embedding'
  /** Sorted; null = anywhere. */
  readonly destinations: readonly string[] | null
  readonly streaming: boolean | null
  readonly images: boolean | null
  /** Null = AWS says nothing of it. */
  readonly lifecycle: { readonly status: LifecycleStatus; readonly endsOn: string | null } | null
}

export interface Skipped {
  readonly id: string
  readonly reason: string
}

export interface Offers {
  readonly region: string
  readonly offers: readonly Offer[]
  /** Base ids that the region serves through a profile alone. */
  readonly profileOnly: ReadonlySet<string>
  /** Listed, and nothing that could be called here. */
  readonly skipped: readonly Skipped[]
}

/** What AWS's lists of a region come to. */
export function offersOf({ region, models, profiles }: ListedRegion, nowMs: number): Offers {
  const bases = new Map(models.map((model) => [model.modelId, model]))
  const offers: Offer[] = []
  const profileOnly = new Set<string>()
  const skipped: Skipped[] = []
  for (const model of models) {
    const read = readBase(model, region, nowMs)
    if ('reason' in read) skipped.push({ id: model.modelId, reason: read.reason })
    else if (isOnDemand(model)) offers.push(read)
    else profileOnly.add(model.modelId)
  }
  for (const profile of profiles) {
    const read = readProfile(profile, { region, bases, nowMs })
    if ('reason' in read) skipped.push({ id: profile.inferenceProfileId, reason: read.reason })
    else offers.push(read)
  }
  return { region, offers, profileOnly, skipped }
}

type Refused = { readonly reason: string }

const isOnDemand = (model: FoundationModel): boolean =>
  model.inferenceTypesSupported?.includes('ON_DEMAND') === true

function readBase(model: FoundationModel, region: string, nowMs: number): Offer | Refused {
  const types = model.inferenceTypesSupported ?? []
  if (!isOnDemand(model) && !types.includes('INFERENCE_PROFILE')) {
    return { reason: `only by ${types.length === 0 ? 'no way that AWS names' : types.join(', ')}` }
  }
  const purpose = purposeOf(model)
  if (purpose === null) return { reason: `makes ${(model.outputModalities ?? []).join(', ') || 'nothing'}` }
  return {
    upstreamId: model.modelId,
    name: model.modelName ?? null,
    kind: 'foundation-model',
    baseModelId: null,
    purpose,
    destinations: [region],
    ...abilitiesOf(model),
    lifecycle: lifecycleOf(model, nowMs),
  }
}

interface Around {
  readonly region: string
  readonly bases: ReadonlyMap<string, FoundationModel>
  readonly nowMs: number
}

function readProfile(profile: InferenceProfile, { bases, nowMs, region }: Around): Offer | Refused {
  const isApplication = profile.type === 'APPLICATION'
  const status = profile.status ?? 'ACTIVE'
  if (status !== 'ACTIVE') return { reason: `its status is ${status}` }
  const reached = (profile.models ?? []).flatMap(({ modelArn }) => readModelArn(modelArn ?? ''))
  const behind = [...new Set(reached.map(({ id }) => id))]
  const [baseModelId] = behind
  if (baseModelId === undefined || behind.length > 1) {
    return { reason: `it leads to ${behind.length === 0 ? 'no model' : behind.join(' and ')}` }
  }
  const base = bases.get(baseModelId)
  if (base === undefined) return { reason: `AWS lists no ${baseModelId} in ${region}` }
  const purpose = purposeOf(base)
  if (purpose === null) return { reason: `makes ${(base.outputModalities ?? []).join(', ') || 'nothing'}` }
  // A model in no region is what AWS lists of a profile that may lead anywhere.
  const anywhere = reached.some((model) => model.region === '')
  return {
    upstreamId: isApplication ? profile.inferenceProfileArn : profile.inferenceProfileId,
    name: profile.inferenceProfileName ?? null,
    kind: isApplication ? 'application-profile' : anywhere ? 'global-profile' : 'geo-profile',
    baseModelId,
    purpose,
    destinations: anywhere ? null : [...new Set(reached.map((model) => model.region))].sort(),
    ...abilitiesOf(base),
    lifecycle: lifecycleOf(base, nowMs),
  }
}

function readModelArn(arn: string): readonly { readonly region: string; readonly id: string }[] {
  const [, region, id] = /^arn:[^:]+:bedrock:([^:]*):[^:]*:foundation-model\/(.+)$/.exec(arn) ?? []
  return region === undefined || id === undefined ? [] : [{ region, id }]
}

function purposeOf({ outputModalities }: FoundationModel): Offer['purpose'] | null {
  if (outputModalities?.includes('TEXT') === true) return 'chat'
  return outputModalities?.includes('EMBEDDING') === true ? 'embedding' : null
}

const abilitiesOf = (model: FoundationModel): Pick<Offer, 'images' | 'streaming'> => ({
  streaming: model.responseStreamingSupported ?? null,
  images: model.inputModalities == null ? null : model.inputModalities.includes('IMAGE'),
})

function lifecycleOf({ modelLifecycle }: FoundationModel, nowMs: number): Offer['lifecycle'] {
  const status = modelLifecycle?.status ?? null
  if (status === null) return null
  const end = modelLifecycle?.endOfLifeTime ?? null
  // A number is in seconds, as AWS's JSON has instants.
  const endsAtMs = end === null ? NaN : typeof end === 'number' ? end * 1_000 : Date.parse(end)
  const endsOn = Number.isNaN(endsAtMs) ? null : new Date(endsAtMs).toISOString().slice(0, 10)
  if (endsOn !== null && endsAtMs <= nowMs) return { status: 'eol', endsOn }
  return { status: status === 'ACTIVE' ? 'active' : 'legacy', endsOn }
}
