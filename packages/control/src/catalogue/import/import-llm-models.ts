import { modelId, PointsmanError, providerId, type Model, type Price } from '@pointsman/contract'
import { nearestNames } from '@pointsman/core'
import { z } from 'zod'
import { check } from '../../http/check.ts'
import type { Proposal } from '../changes/catalogue-plan.ts'
import { newEntry } from '../new-entry.ts'
import type { ImportContext } from './import-context.ts'
import {
  datedPrice,
  picoOfUsdPerMillion,
  placeOfPrice,
  refuseShrunkenSource,
  usdPerMillion,
} from './rates.ts'

/** An item of `LLMModels-{env}`: seed 003's members; a table may hold others of its owner's. */
export const llmModelItem = z.object({
  provider: z.string().min(1),
  model_id: z
    .string()
    .min(1)
    .max(512)
    .regex(/^[\x21-\x7e]+$/, 'an id has no spaces and no other than printable ASCII characters'),
  display_name: z.string().min(1).max(200).optional(),
  input_price: usdPerMillion,
  output_price: usdPerMillion,
  // Of the item it is the context window.
  max_tokens: z.int32().min(1).optional(),
  supports_tools: z.boolean().optional(),
  supports_vision: z.boolean().optional(),
  is_default: z.boolean().optional(),
})
export type LlmModelItem = z.output<typeof llmModelItem>
const items = z.array(llmModelItem).min(1)

/** What is taken of an item: without both prices it says nothing of them. */
export type LlmModelFacts = Omit<LlmModelItem, 'input_price' | 'output_price'> & {
  readonly input_price?: number | undefined
  readonly output_price?: number | undefined
}

/** By the words of seed 003 and by ours. */
const providers: { readonly [word: string]: string } = { gemini: 'google', amazon: 'bedrock' }

/** What one item comes to. */
export interface TakenLlmModel {
  readonly model: Model
  readonly price: Price | null
  /** Prices of cached tokens that stay, for the item says nothing of them. */
  readonly keepsRates: boolean
}

/**
 * Items of a table `LLMModels`, plain or in DynamoDB's JSON. Of an entry that exists they change what they speak of: name,
 * context, tools, images, price. Throws PointsmanError naming the item and member that is wrong.
 */
export function importLlmModels(content: unknown, context: ImportContext): Proposal {
  const given = check(items, content, 'file')
  const taken = given.map((one, at) => takeLlmModel(one, `[${at}].`, context))
  const ids = taken.map(({ model }) => model.id)
  const twice = ids.findIndex((id, at) => ids.indexOf(id) < at)
  if (twice >= 0)
    throw new PointsmanError('invalid_request', `"[${twice}]" is in the file twice: ${ids[twice] ?? ''}.`, {
      field: `[${twice}].model_id`,
    })
  const defaults = taken.filter((_, at) => given[at]?.is_default === true).map(({ model }) => model.id)
  refuseShrunkenSource(
    taken.flatMap(({ price }) => price ?? []),
    context,
  )
  return {
    ...proposalOf(taken),
    warnings: [...keptWarning(keepingRates(taken)), ...defaultWarnings(defaults, context)],
  }
}

export const proposalOf = (taken: readonly TakenLlmModel[]): Proposal => ({
  models: taken.map(({ model }) => model),
  prices: taken.flatMap(({ price }) => price ?? []),
  ...{ missing: [], skipped: [], warnings: [] },
})

export const keepingRates = (taken: readonly TakenLlmModel[]): readonly string[] =>
  taken.filter(({ keepsRates }) => keepsRates).map(({ model }) => model.id)

/** `where` stands before a member's name, for errors. */
export function takeLlmModel(one: LlmModelFacts, where: string, context: ImportContext): TakenLlmModel {
  const model = modelOf(one, where, context)
  const { input_price: input, output_price: output } = one
  if (input === undefined || output === undefined) return { model, price: null, keepsRates: false }
  const rates = { inputPicoUsd: picoOfUsdPerMillion(input), outputPicoUsd: picoOfUsdPerMillion(output) }
  const { kept, price } = datedPrice(model, placeOfPrice(model, context), rates, context)
  return { model, price, keepsRates: kept.length > 0 }
}

function modelOf(one: LlmModelFacts, where: string, context: ImportContext): Model {
  const provider = providerOf(one, where, context)
  const present = entryOf(one.model_id, provider, context.present)
  const taken = context.present.some(({ id }) => id === one.model_id)
  const entry =
    present ??
    newEntry(
      {
        id: modelId(taken ? `${provider}/${one.model_id}` : one.model_id),
        ...{ provider, upstreamId: one.model_id, enabled: context.enable },
      },
      context.known,
    )
  return {
    ...entry,
    name: one.display_name ?? entry.name,
    contextTokens: one.max_tokens ?? entry.contextTokens,
    abilities: {
      ...entry.abilities,
      tools: one.supports_tools ?? entry.abilities.tools,
      images: one.supports_vision ?? entry.abilities.images,
    },
  }
}

/** The entry that an item speaks of. */
export const entryOf = <Entry extends Pick<Model, 'id' | 'provider' | 'upstreamId'>>(
  modelName: string,
  provider: string,
  entries: readonly Entry[],
): Entry | undefined =>
  entries.find(
    (model) => model.provider === provider && (model.upstreamId === modelName || model.id === modelName),
  )

export function providerOfItem(word: string): string {
  const lower = word.toLowerCase()
  return Object.hasOwn(providers, lower) ? (providers[lower] ?? lower) : lower
}

function providerOf(one: LlmModelFacts, where: string, { known }: ImportContext): Model['provider'] {
  const name = providerOfItem(one.provider)
  const names = new Set<string>([...known.byId.values()].map((model) => model.provider))
  if (names.has(name)) return providerId(name)
  const near = nearestNames(name, names)
  throw new PointsmanError(
    'invalid_request',
    `"${where}provider" is "${one.provider.slice(0, 100)}", which no model here is served by. ${near.length === 0 ? `They are ${[...names].sort().join(', ')}` : `Nearest: ${near.join(', ')}`}.`,
    { field: `${where}provider`, suggestions: near },
  )
}

export const keptWarning = (ids: readonly string[]): readonly string[] =>
  ids.length === 0
    ? []
    : [
        `Prices of cached tokens and of service tiers stay as they were where the file says nothing of them: ${ids.slice(0, 5).join(', ')}${ids.length > 5 ? ` and ${ids.length - 5} more` : ''}.`,
      ]

/** A default moves requests: it is moved by a switch, and not in passing. */
function defaultWarnings(ids: readonly string[], { present }: ImportContext): readonly string[] {
  if (ids.length === 0) return []
  const known = present.filter((model) => ids.includes(model.id)).map(({ id }) => id)
  return [
    `The file names a default (${ids.join(', ')}): no route was moved. \`pointsman models set-default ${known[0] ?? ids[0] ?? ''}\` moves it.`,
  ]
}
