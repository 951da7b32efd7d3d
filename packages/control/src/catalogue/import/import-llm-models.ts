import { modelId, PointsmanError, providerId, type Model, type Price } from '@pointsman/contract'
import { nearestNames } from '@pointsman/core'
import { z } from 'zod'
import { check } from '../../http/check.ts'
import type { Proposal } from '../changes/catalogue-plan.ts'
import { newEntry } from '../new-entry.ts'
import type { ImportContext } from './import-context.ts'
import { datedPrice, picoOfUsdPerMillion, placeOfPrice, refuseShrunkenSource } from './rates.ts'

const usdPerMillion = z.number().min(0).max(9_007_199_254)

/** An item of `LLMModels-{env}`: seed 003's members; a table may hold others of its owner's. */
const item = z.object({
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
type Item = z.output<typeof item>
const items = z.array(item).min(1)

/** By the words of seed 003 and by ours. */
const providers: { readonly [word: string]: string } = { gemini: 'google', google: 'google' }

/**
 * Items of a table `LLMModels`, plain or in DynamoDB's JSON. Of an entry that exists they change what they speak of: name,
 * context, tools, images, price. Throws PointsmanError naming the item and member that is wrong.
 */
export function importLlmModels(content: unknown, context: ImportContext): Proposal {
  const given = check(items, content, 'file')
  const models: Model[] = []
  const prices: Price[] = []
  const keptOf: string[] = []
  const defaults: string[] = []
  given.forEach((one, at) => {
    const model = modelOf(one, at, context)
    if (models.some(({ id }) => id === model.id))
      throw new PointsmanError('invalid_request', `"[${at}]" is in the file twice: ${model.id}.`, {
        field: `[${at}].model_id`,
      })
    const { kept, price } = datedPrice(
      model,
      placeOfPrice(model, context),
      {
        inputPicoUsd: picoOfUsdPerMillion(one.input_price),
        outputPicoUsd: picoOfUsdPerMillion(one.output_price),
      },
      context,
    )
    models.push(model)
    prices.push(price)
    if (kept.length > 0) keptOf.push(model.id)
    if (one.is_default === true) defaults.push(model.id)
  })
  refuseShrunkenSource(prices, context)
  return {
    models,
    prices,
    missing: [],
    skipped: [],
    warnings: [...keptWarning(keptOf), ...defaultWarnings(defaults, context)],
  }
}

function modelOf(one: Item, at: number, context: ImportContext): Model {
  const provider = providerOf(one, at, context)
  const present = context.present.find(
    (model) =>
      model.provider === provider && (model.upstreamId === one.model_id || model.id === one.model_id),
  )
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

function providerOf(one: Item, at: number, { known }: ImportContext): Model['provider'] {
  const word = one.provider.toLowerCase()
  const name = Object.hasOwn(providers, word) ? (providers[word] ?? word) : word
  const names = new Set<string>([...known.byId.values()].map((model) => model.provider))
  if (names.has(name)) return providerId(name)
  const near = nearestNames(name, names)
  throw new PointsmanError(
    'invalid_request',
    `"[${at}].provider" is "${one.provider.slice(0, 100)}", which no model here is served by. ${near.length === 0 ? `They are ${[...names].sort().join(', ')}` : `Nearest: ${near.join(', ')}`}.`,
    { field: `[${at}].provider`, suggestions: near },
  )
}

export const keptWarning = (ids: readonly string[]): readonly string[] =>
  ids.length === 0
    ? []
    : [
        `Prices of cached tokens stay as they were, for the file says nothing of them: ${ids.slice(0, 5).join(', ')}${ids.length > 5 ? ` and ${ids.length - 5} more` : ''}.`,
      ]

/** A default moves requests: it is moved by a switch, and not in passing. */
function defaultWarnings(ids: readonly string[], { present }: ImportContext): readonly string[] {
  if (ids.length === 0) return []
  const known = present.filter((model) => ids.includes(model.id)).map(({ id }) => id)
  return [
    `The file names a default (${ids.join(', ')}): no route was moved. \`pointsman models set-default ${known[0] ?? ids[0] ?? ''}\` moves it.`,
  ]
}
