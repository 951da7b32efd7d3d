import { providerId, type Abilities, type Model, type ModelKind, type ProviderId } from '@pointsman/contract'

/** What somebody says of a model that the registry does not have; the rest is looked up, or not known. */
export type NewFacts = Partial<Model> & Pick<Model, 'id' | 'provider'>

/** Entries from which a new one takes what nobody said. */
export interface KnownModels {
  readonly byId: ReadonlyMap<string, Model>
  /** By the base id of the model behind, its own entry first. */
  readonly byBase: ReadonlyMap<string, Model>
}

export const bedrock: ProviderId = providerId('bedrock')

/** The first of the lists wins: what stands in the registry is newer than what a release shipped. */
export function knownModels(...lists: readonly (readonly Model[])[]): KnownModels {
  const byId = new Map<string, Model>()
  const byBase = new Map<string, Model>()
  for (const model of lists.flat()) {
    if (!byId.has(model.id)) byId.set(model.id, model)
    if (model.provider !== bedrock) continue
    const base = model.baseModelId ?? model.upstreamId
    if (!byBase.has(base)) byBase.set(base, model)
  }
  return { byId, byBase }
}

const nothingKnown: Abilities = {
  tools: null,
  toolsStreaming: null,
  images: null,
  documents: null,
  streaming: null,
  jsonSchema: null,
  promptCaching: null,
  reasoning: null,
}

/** Ids may be longer than what the catalogue's schemas take of these. */
const mostOf = { name: 200, word: 100 }

/** After every entry that somebody put in order. */
const lastPriority = 10_000

/**
 * A whole entry: what was said, else what the catalogue of this release says of the id, else what is known of the same model
 * behind another profile, else null or the plainest word. Nothing is read out of a name but what its form says.
 */
export function newEntry(facts: NewFacts, known: KnownModels): Model {
  const own = known.byId.get(facts.id)
  if (own !== undefined) return { ...own, ...facts }
  const upstreamId = facts.upstreamId ?? facts.id
  const shape = facts.provider === bedrock ? bedrockShape(upstreamId, known) : directShape
  const base = facts.baseModelId ?? shape.baseModelId
  const sibling = known.byBase.get(base ?? upstreamId)
  const vendor = facts.vendor ?? sibling?.vendor ?? vendorOf(facts, base ?? upstreamId).slice(0, mostOf.word)
  return {
    name: facts.id.slice(0, mostOf.name),
    vendor,
    upstreamId,
    purpose: sibling?.purpose ?? 'chat',
    ...shape,
    ...wordsOf(sibling, vendor, facts.provider, known),
    tier: sibling?.tier ?? null,
    generation: sibling?.generation ?? 0,
    contextTokens: sibling?.contextTokens ?? null,
    maxOutputTokens: sibling?.maxOutputTokens ?? null,
    abilities: sibling?.abilities ?? nothingKnown,
    destinationRegions: facts.provider === bedrock ? null : [],
    sourceRegions: facts.provider === bedrock ? null : [],
    lifecycle: sibling?.lifecycle ?? { status: 'active', endsOn: null, replacement: null },
    enabled: true,
    priority: lastPriority,
    ...facts,
  }
}

const directShape = { kind: 'direct', baseModelId: null } as const

/** `eu.amazon.nova-pro-v1:0`: what stands before a vendor that is known says where a profile leads. */
function bedrockShape(
  upstreamId: string,
  { byBase }: KnownModels,
): { readonly kind: ModelKind; readonly baseModelId: string | null } {
  if (upstreamId.includes(':application-inference-profile/'))
    return { kind: 'application-profile', baseModelId: null }
  const [, prefix, rest] = /^([a-z-]{2,6})\.([a-z0-9-]+\..+)$/.exec(upstreamId) ?? []
  const vendors = new Set([...byBase.keys()].map(firstLabel))
  if (prefix === undefined || rest === undefined || !vendors.has(firstLabel(rest)))
    return { kind: 'foundation-model', baseModelId: null }
  return { kind: prefix === 'global' ? 'global-profile' : 'geo-profile', baseModelId: rest }
}

const firstLabel = (id: string): string => id.split('.', 1)[0] ?? ''

/** Bedrock's ids begin with it; another provider's models are its own unless said otherwise. */
const vendorOf = ({ provider }: NewFacts, base: string): string =>
  provider === bedrock && base.includes('.') ? firstLabel(base) : provider

/** Family and body format: the sibling's; else what all that is known of the vendor at this provider agree upon. */
function wordsOf(
  sibling: Model | undefined,
  vendor: string,
  provider: ProviderId,
  { byId }: KnownModels,
): Pick<Model, 'family' | 'format'> {
  if (sibling !== undefined) return { family: sibling.family, format: sibling.format }
  const others = [...byId.values()].filter((model) => model.vendor === vendor && model.provider === provider)
  const agreed = (word: 'family' | 'format'): string => {
    const words = new Set(others.map((model) => model[word]))
    const [only] = words
    return only !== undefined && words.size === 1 ? only : vendor
  }
  return { family: agreed('family'), format: agreed('format') }
}
