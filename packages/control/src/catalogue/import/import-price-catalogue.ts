import {
  modelId,
  PointsmanError,
  providerId,
  type Abilities,
  type Model,
  type Price,
} from '@pointsman/contract'
import { nearestNames } from '@pointsman/core'
import { z } from 'zod'
import { check } from '../../http/check.ts'
import type { Proposal } from '../changes/catalogue-plan.ts'
import { bedrock, newEntry } from '../new-entry.ts'
import type { ImportContext } from './import-context.ts'
import { keptWarning } from './import-llm-models.ts'
import { ratesOf } from './litellm-rates.ts'
import { datedPrice, refuseShrunkenSource, usdPerToken } from './rates.ts'

const tokens = z.int32().min(1).optional().catch(undefined)
const can = z.boolean().optional().catch(undefined)

/**
 * An entry of LiteLLM's `model_prices_and_context_window.json`. Of what does not concern prices a wrong value is taken as
 * not known; rates for other units (a picture, a second) are not ours.
 */
const entry = z.looseObject({
  litellm_provider: z.string(),
  mode: z.string().optional(),
  max_input_tokens: tokens,
  max_output_tokens: tokens,
  input_cost_per_token: usdPerToken,
  output_cost_per_token: usdPerToken,
  cache_read_input_token_cost: usdPerToken,
  cache_creation_input_token_cost: usdPerToken,
  cache_creation_input_token_cost_above_1hr: usdPerToken,
  supports_function_calling: can,
  supports_vision: can,
  supports_pdf_input: can,
  supports_native_streaming: can,
  supports_response_schema: can,
  supports_prompt_caching: can,
  supports_reasoning: can,
})
type Entry = z.output<typeof entry>

/** Its word for a provider → ours. Others are served by nobody here. */
const providers: { readonly [word: string]: string } = {
  openai: 'openai',
  anthropic: 'anthropic',
  gemini: 'google',
  bedrock: 'bedrock',
  bedrock_converse: 'bedrock',
}
const purposes: { readonly [mode: string]: Model['purpose'] } = {
  chat: 'chat',
  completion: 'chat',
  responses: 'chat',
  embedding: 'embedding',
}

/** Explains the members, and is no model. */
const sample = 'sample_spec'

interface Named {
  readonly provider: Model['provider']
  readonly upstreamId: string
  /** `bedrock/eu-central-1/…`; null = the name has none. */
  readonly region: string | null
  readonly entry: Entry
}

/**
 * A public price catalogue: prices of the models that the catalogue has, or of those that are named, which are added where they
 * are new. Its limits and abilities fill what is not known. Throws PointsmanError naming the entry and member that is wrong.
 */
export function importPriceCatalogue(content: unknown, context: ImportContext): Proposal {
  const all = readEntries(content)
  const chosen = context.only === null ? ofPresent(all, context) : ofNames(all, context.only, context)
  const models: Model[] = []
  const prices: Price[] = []
  const keptOf: string[] = []
  const regionless: string[] = []
  for (const { model, named } of chosen) {
    models.push(filled(model, named))
    for (const one of named) {
      const region = model.kind === 'direct' ? '*' : (one.region ?? context.region)
      if (region === null) {
        regionless.push(model.id)
        continue
      }
      const { kept, price } = datedPrice(model, region, ratesOf(one.entry, one.upstreamId), context)
      prices.push(price)
      if (kept.length > 0) keptOf.push(model.id)
    }
  }
  refuseShrunkenSource(prices, context)
  const aside = all.length - chosen.reduce((sum, { named }) => sum + named.length, 0)
  return {
    models,
    prices,
    missing: [],
    skipped: [],
    warnings: [
      ...keptWarning(keptOf),
      ...(regionless.length === 0
        ? []
        : [
            `Amazon Bedrock bills by the region that is called, and the file names none for ${regionless.length} models (${regionless.slice(0, 3).join(', ')}, …): their prices were left aside. Say for which region its figures hold with "region".`,
          ]),
      ...(aside === 0
        ? []
        : [
            `${aside} of ${all.length} entries are of models that were not asked for. "only" names those to add.`,
          ]),
    ],
  }
}

function readEntries(content: unknown): readonly Named[] {
  const members = check(z.record(z.string(), z.unknown()), content, 'file')
  return Object.entries(members).flatMap(([name, value]) => {
    if (name === sample) return []
    const read = check(z.record(z.string(), entry), { [name]: value }, 'file')[name]
    const word = read?.litellm_provider ?? ''
    const provider = Object.hasOwn(providers, word) ? providers[word] : undefined
    if (read === undefined || provider === undefined || !Object.hasOwn(purposes, read.mode ?? 'chat'))
      return []
    return [{ provider: providerId(provider), ...placeIn(name, provider), entry: read }]
  })
}

/** `gemini/gemini-2.5-pro`, `bedrock/eu-central-1/anthropic.claude-v2`, `gpt-4o`. */
function placeIn(name: string, provider: string): Pick<Named, 'region' | 'upstreamId'> {
  const [, region, inRegion] = /^bedrock\/([a-z]{2}(?:-[a-z]+)+-\d+)\/([^/]+)$/.exec(name) ?? []
  if (provider === bedrock && region !== undefined && inRegion !== undefined)
    return { region, upstreamId: inRegion }
  return { region: null, upstreamId: name.replace(/^(?:openai|anthropic|gemini|bedrock)\//, '') }
}

interface Chosen {
  readonly model: Model
  readonly named: readonly Named[]
}

const keyOf = (provider: string, upstreamId: string): string => `${provider} ${upstreamId}`

/** A name with its provider before it and the bare one are the same model: the bare one, which comes later, counts. */
function byKey(all: readonly Named[]): ReadonlyMap<string, readonly Named[]> {
  const places = new Map(
    all.map((one) => [`${keyOf(one.provider, one.upstreamId)} ${one.region ?? ''}`, one]),
  )
  return Map.groupBy(places.values(), (one) => keyOf(one.provider, one.upstreamId))
}

function ofPresent(all: readonly Named[], { present }: ImportContext): readonly Chosen[] {
  const keyed = byKey(all)
  const chosen = present.flatMap((model) => {
    const named = keyed.get(keyOf(model.provider, model.upstreamId))
    return named === undefined ? [] : [{ model, named }]
  })
  if (chosen.length > 0) return chosen
  throw new PointsmanError(
    'refused',
    `The file has none of the ${present.length} models of the catalogue. "only" names those to add.`,
    { field: 'text' },
  )
}

function ofNames(
  all: readonly Named[],
  names: readonly string[],
  { enable, known, present }: ImportContext,
): readonly Chosen[] {
  const keyed = byKey(all)
  return [...new Set(names)].map((name) => {
    const there = present.find(({ id }) => id === name)
    const named = there
      ? keyed.get(keyOf(there.provider, there.upstreamId))
      : [...keyed.values()].find(([first]) => first?.upstreamId === name)
    const [first] = named ?? []
    if (named === undefined || first === undefined) {
      const near = nearestNames(
        name,
        all.map(({ upstreamId }) => upstreamId),
      )
      throw new PointsmanError(
        'model_not_found',
        `Model not found: ${name.slice(0, 200)} is not in the file${near.length === 0 ? '' : `. Nearest: ${near.join(', ')}`}`,
        { field: 'only', suggestions: near },
      )
    }
    if (there !== undefined) return { model: there, named }
    const { entry: said, provider, upstreamId } = first
    const facts = { id: modelId(name), provider, upstreamId, enabled: enable }
    return { model: newEntry({ ...facts, purpose: purposes[said.mode ?? 'chat'] ?? 'chat' }, known), named }
  })
}

/** What is known stays; a public catalogue copies from others, and says so of its prices only. */
function filled(model: Model, [first]: readonly Named[]): Model {
  if (first === undefined) return model
  const said = first.entry
  const abilities: Partial<Abilities> = {
    tools: model.abilities.tools ?? said.supports_function_calling ?? null,
    images: model.abilities.images ?? said.supports_vision ?? null,
    documents: model.abilities.documents ?? said.supports_pdf_input ?? null,
    streaming: model.abilities.streaming ?? said.supports_native_streaming ?? null,
    jsonSchema: model.abilities.jsonSchema ?? said.supports_response_schema ?? null,
    promptCaching: model.abilities.promptCaching ?? said.supports_prompt_caching ?? null,
    reasoning: model.abilities.reasoning ?? said.supports_reasoning ?? null,
  }
  return {
    ...model,
    abilities: { ...model.abilities, ...abilities },
    contextTokens: model.contextTokens ?? said.max_input_tokens ?? null,
    maxOutputTokens: model.maxOutputTokens ?? said.max_output_tokens ?? null,
  }
}
