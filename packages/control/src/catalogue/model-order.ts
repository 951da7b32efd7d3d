import { PointsmanError, type Model, type Price } from '@pointsman/contract'
import { nearestNames } from '@pointsman/core'
import { listModels } from '@pointsman/registry'
import { z } from 'zod'
import type { ControlHouse } from '../house.ts'
import { instant } from '../instant.ts'
import { knownModels, newEntry } from './new-entry.ts'
import { newPriceSchema, priceOf } from './new-price.ts'
import { abilitiesSchema, lifecycleSchema, modelSchema, priceSchema, routeNameSchema } from './schemas.ts'

const { id, provider } = modelSchema.shape

/** A model that somebody adds: what is left out is taken from what is known of it, or of the same model elsewhere. */
export const modelOrderSchema = modelSchema.partial().extend({
  id,
  provider,
  abilities: abilitiesSchema
    .partial()
    .optional()
    .describe('Those that are left out are as they are known, else null.'),
  lifecycle: lifecycleSchema.partial().optional(),
  useCase: routeNameSchema.optional().describe('It becomes the last candidate of this use case.'),
  prices: z
    .array(
      newPriceSchema
        .omit({ modelId: true })
        .extend({ effectiveFromMs: priceSchema.shape.effectiveFromMs.optional() }),
    )
    .default([])
    .describe('Dated rows; history is never rewritten.'),
})
export type ModelOrder = z.output<typeof modelOrderSchema>

export interface CompletedOrder {
  readonly model: Model
  readonly prices: readonly Price[]
  readonly useCase: string | null
}

/** Throws PointsmanError `invalid_request` where the provider is nearly one that is known. */
export async function completeOrder(house: ControlHouse, order: ModelOrder): Promise<CompletedOrder> {
  const { prices, useCase = null, abilities, lifecycle, ...facts } = order
  const present = (await listModels(house.database)).map(({ model }) => model)
  const known = knownModels(present, house.curated?.().models ?? [])
  refuseMisspelt(house, facts.provider, known.byId.values())
  const entry = newEntry(withoutUndefined(facts), known)
  const nowMs = house.clock.nowMs()
  return {
    model: {
      ...entry,
      abilities: { ...entry.abilities, ...withoutUndefined(abilities ?? {}) },
      lifecycle: { ...entry.lifecycle, ...withoutUndefined(lifecycle ?? {}) },
    },
    prices: prices.map(({ effectiveFromMs, ...price }) => {
      const dated = priceOf({ ...price, modelId: order.id }, effectiveFromMs ?? nowMs)
      return { ...dated, sourceDate: price.sourceDate ?? instant(nowMs).slice(0, 10) }
    }),
    useCase,
  }
}

/** One that nobody here serves yet may be set up later; a slip of the pen is told. */
function refuseMisspelt(house: ControlHouse, named: string, models: Iterable<Model>): void {
  const names = new Set<string>([...models].map((model) => model.provider))
  for (const facts of house.providers?.() ?? []) names.add(facts.id)
  const near = names.has(named) ? [] : nearestNames(named, names)
  if (near.length === 0) return
  throw new PointsmanError(
    'invalid_request',
    `"provider" is ${named.slice(0, 200)}, which this server cannot call. Nearest: ${near.join(', ')}.`,
    { field: 'provider', suggestions: near },
  )
}

/** A member that was left out says nothing; one that is `undefined` would. */
function withoutUndefined<Facts extends object>(
  facts: Facts,
): { [Name in keyof Facts]: Exclude<Facts[Name], undefined> } {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Facts]: Exclude<Facts[Name], undefined>
  }
}
