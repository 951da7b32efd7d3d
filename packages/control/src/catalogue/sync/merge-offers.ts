import { modelId, PointsmanError, priceId, type Abilities, type Model, type Price } from '@pointsman/contract'
import { callingRegion, destinationsFrom } from '@pointsman/core'
import type { CatalogueFile } from '../catalogue-file.ts'
import type { Proposal } from '../changes/catalogue-plan.ts'
import { bedrock, knownModels, newEntry, type KnownModels } from '../new-entry.ts'
import type { Offer, Offers } from './bedrock-offers.ts'

export interface MergeParts {
  /** The registry's entries, those of other providers among them. */
  readonly present: readonly Model[]
  /** Every dated price. */
  readonly history: readonly Price[]
  /** What this release ships. */
  readonly curated: Pick<CatalogueFile, 'models' | 'prices'>
  readonly homeRegion: string
  readonly nowMs: number
  /** New entries are put to use at once. */
  readonly enable: boolean
}

/** An answer that lacks more of what is called from the region than this is its source's mistake, or another account's. */
const mostMissing = 0.5
const fewestCounted = 4

/**
 * What the registry would be after AWS's word: regions, destinations and ends of life are AWS's; prices, limits and abilities
 * stay as they are known, and what is not known is filled. Entries that AWS lists no more keep what they say: they are told.
 * Throws PointsmanError `refused` where AWS lists too little of what is called in the region.
 */
export function mergeOffers(offers: Offers, parts: MergeParts): Proposal {
  // Two entries may call the same of AWS's: the word on it is about both.
  const byUpstream = Map.groupBy(
    parts.present.filter(({ provider }) => provider === bedrock),
    ({ upstreamId }) => upstreamId,
  )
  const known = knownModels(parts.present, parts.curated.models)
  const models = offers.offers.flatMap((offer) => {
    const present = byUpstream.get(offer.upstreamId)
    if (present !== undefined)
      return present.map((model) => changed(model, offer, { ...parts, region: offers.region }))
    return offer.lifecycle?.status === 'eol' ? [] : [added(offer, { ...parts, known, region: offers.region })]
  })
  const listed = new Set(models.map(({ id }) => id))
  refuseShrunkenList(parts.present, listed, offers.region)
  const { gone, missing } = notListed(parts.present, listed, offers)
  const all = [...models, ...gone]
  return {
    models: all,
    prices: [...curatedPrices(all, parts), ...applicationPrices(models, parts, offers.region)],
    missing,
    skipped: offers.skipped,
    warnings: [],
  }
}

type Around = MergeParts & { readonly region: string }

function added(offer: Offer, at: Around & { readonly known: KnownModels }): Model {
  const { upstreamId, kind, baseModelId, purpose } = offer
  const shipped = at.known.byId.get(upstreamId)
  const name = shipped?.name ?? offer.name
  const entry = newEntry(
    {
      ...{ id: idOf(upstreamId, at), provider: bedrock, upstreamId, kind, baseModelId, purpose },
      ...(name === null ? {} : { name }),
      sourceRegions: shipped?.sourceRegions ?? (kind === 'global-profile' ? [] : [at.region]),
      destinationRegions: shipped?.destinationRegions ?? null,
      enabled: at.enable,
    },
    at.known,
  )
  return changed(entry, offer, at)
}

/** An id that another provider has is told apart by the provider's name. */
const idOf = (upstreamId: string, { present }: MergeParts): Model['id'] =>
  modelId(present.some(({ id }) => id === upstreamId) ? `${bedrock}/${upstreamId}` : upstreamId)

function changed(model: Model, offer: Offer, { homeRegion, region }: Around): Model {
  if (model.lifecycle.status === 'eol' && offer.lifecycle?.status !== 'active') return model
  const placed: Model = { ...model, sourceRegions: callableFrom(model, region) }
  // What differs by region and has one place in an entry is that of the region which is called.
  const isCalledHere = callingRegion(placed, homeRegion) === region
  const isLed =
    model.kind !== 'foundation-model' && !sameList(destinationsFrom(placed, region), offer.destinations)
  return {
    ...placed,
    ...(isLed ? leading(placed, offer.destinations, { region, isCalledHere }) : {}),
    baseModelId: placed.baseModelId ?? offer.baseModelId,
    abilities: filled(placed.abilities, offer),
    lifecycle: isCalledHere ? ending(placed.lifecycle, offer) : placed.lifecycle,
  }
}

/** A global profile without a list is called from everywhere already. */
function callableFrom({ kind, sourceRegions }: Model, region: string): Model['sourceRegions'] {
  if (sourceRegions === null) return kind === 'global-profile' ? null : [region]
  if (sourceRegions.includes(region)) return sourceRegions
  if (kind === 'global-profile' && sourceRegions.length === 0) return sourceRegions
  return [...sourceRegions, region].sort()
}

function leading(
  model: Model,
  destinations: readonly string[] | null,
  { isCalledHere, region }: { readonly isCalledHere: boolean; readonly region: string },
): Partial<Model> {
  if (destinations === null) return {}
  if (model.destinationRegions === null && isCalledHere) return { destinationRegions: destinations }
  return { destinationsFrom: { ...model.destinationsFrom, [region]: destinations } }
}

const sameList = (one: readonly string[] | null, other: readonly string[] | null): boolean =>
  one === null || other === null
    ? one === other
    : one.length === other.length && [...one].sort().join() === [...other].sort().join()

const filled = (abilities: Abilities, { images, streaming }: Offer): Abilities => ({
  ...abilities,
  images: abilities.images ?? images,
  streaming: abilities.streaming ?? streaming,
})

/** What AWS does not say of an end stays: its lists name no replacement, and not always a date. */
function ending(known: Model['lifecycle'], { lifecycle: told }: Offer): Model['lifecycle'] {
  if (told === null) return known
  const { replacement } = known
  if (told.endsOn !== null) return { ...told, replacement }
  if (told.status === 'legacy')
    return known.status === 'active' || known.status === 'preview' ? { ...known, status: 'legacy' } : known
  // It lives, whatever was read elsewhere; `preview` is more than AWS tells.
  if (known.status === 'active' || known.status === 'preview') return known
  return { status: 'active', endsOn: null, replacement }
}

interface NotListed {
  /** Called from elsewhere from now on. */
  readonly gone: readonly Model[]
  /** No other region is known from which they could be called: left as they are. */
  readonly missing: readonly Model['id'][]
}

const isCalledFrom = (model: Model, region: string): boolean =>
  model.provider === bedrock &&
  model.lifecycle.status !== 'eol' &&
  model.sourceRegions?.includes(region) === true

function notListed(present: readonly Model[], listed: ReadonlySet<Model['id']>, offers: Offers): NotListed {
  const { profileOnly, region } = offers
  const gone: Model[] = []
  const missing: Model['id'][] = []
  for (const model of present) {
    if (listed.has(model.id) || !isCalledFrom(model, region)) continue
    const others = (model.sourceRegions ?? []).filter((other) => other !== region)
    // A base id that is served through profiles alone keeps its entry: the profile stands in for it.
    if (others.length > 0 || profileOnly.has(model.upstreamId)) gone.push({ ...model, sourceRegions: others })
    else missing.push(model.id)
  }
  return { gone, missing }
}

function refuseShrunkenList(
  present: readonly Model[],
  listed: ReadonlySet<Model['id']>,
  region: string,
): void {
  const called = present.filter((model) => isCalledFrom(model, region))
  const lost = called.filter(({ id }) => !listed.has(id))
  if (called.length < fewestCounted || lost.length <= called.length * mostMissing) return
  throw new PointsmanError(
    'refused',
    `Amazon Bedrock lists only ${called.length - lost.length} of the ${called.length} models that are called in ${region}, first without ${lost[0]?.id ?? ''}: its answer is refused whole. Look whether the credential is of the right account, and try again.`,
    { data: { missing: lost.slice(0, 100).map(({ id }) => id) } },
  )
}

/** What this release knows of prices and the registry does not: of places without any, and newer ones. */
function curatedPrices(models: readonly Model[], { curated, history }: MergeParts): readonly Price[] {
  const wanted = new Set<string>(models.map(({ id }) => id))
  const newest = new Map<string, number>()
  for (const { modelId: id, region, effectiveFromMs } of history) {
    const place = `${id} ${region}`
    newest.set(place, Math.max(newest.get(place) ?? -Infinity, effectiveFromMs))
  }
  return curated.prices.filter(
    (price) =>
      wanted.has(price.modelId) &&
      price.effectiveFromMs > (newest.get(`${price.modelId} ${price.region}`) ?? -Infinity),
  )
}

/** A call through an application profile costs what its model costs through the way that it leads. */
function applicationPrices(models: readonly Model[], parts: MergeParts, region: string): readonly Price[] {
  const { curated, history, nowMs } = parts
  const priced = [...history, ...curated.prices].filter(
    (price) => price.region === region && price.effectiveFromMs <= nowMs,
  )
  const has = new Set<string>(priced.map((price) => price.modelId))
  return models
    .filter((model) => model.kind === 'application-profile' && !has.has(model.id))
    .flatMap((model) => {
      const alike = [...parts.present, ...curated.models].find(
        (other) => has.has(other.id) && leadsAlike(model, other, region),
      )
      const price = priced
        .filter((row) => row.modelId === alike?.id)
        .sort((a, b) => b.effectiveFromMs - a.effectiveFromMs)[0]
      if (price === undefined) return []
      const source = `as ${price.modelId}, to which it leads: ${price.source}`
      return [
        {
          ...price,
          ...{ id: priceId(`${model.id}@${region}@${nowMs}`), modelId: model.id, source },
          effectiveFromMs: nowMs,
        },
      ]
    })
}

function leadsAlike(model: Model, other: Model, region: string): boolean {
  if (other.provider !== bedrock || other.kind === 'application-profile') return false
  if ((other.baseModelId ?? other.upstreamId) !== model.baseModelId) return false
  const where = (one: Model): readonly string[] | null =>
    one.kind === 'foundation-model' ? [region] : destinationsFrom(one, region)
  return sameList(where(model), where(other))
}
