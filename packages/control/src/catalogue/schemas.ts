// size: one schema a shape of the contract
import {
  isServiceTier,
  serviceTierRule,
  type Alias,
  type ConversationId,
  type FallbackRule,
  type KeyId,
  type Model,
  type ModelId,
  type Price,
  type PriceId,
  type ProviderId,
  type RankedModel,
  type Role,
  type Route,
  type UserId,
} from '@pointsman/contract'
import { z } from 'zod'
import { isoDate, latestMs } from '../instant.ts'

/*
 * The contract's shapes as schemas: what a catalogue file holds, what the API takes and shows. `satisfies` holds each
 * to its type, so that a field added to the contract fails here until it is decided.
 */

/** Ids that callers write: printable, no spaces, so that they stand safely in paths, headers and logs. */
const idText = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[\x21-\x7e]+$/, 'an id has no spaces and no other than printable ASCII characters')
/** A route's, role's or agent's own name: no `/`, which parts kind and name. */
export const routeNameSchema = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\s/]+$/, 'a name has no spaces and no "/"')

export const modelIdSchema = idText as unknown as z.ZodType<ModelId, string>
export const providerIdSchema = idText as unknown as z.ZodType<ProviderId, string>
export const priceIdSchema = z.string().min(1).max(1024) as unknown as z.ZodType<PriceId, string>
export const keyIdSchema = idText as unknown as z.ZodType<KeyId, string>
/** The application's own ids: any text without control characters, as long as the headers of the data plane may bring. */
const applicationId = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[^\x00-\x1f\x7f]+$/, 'an id has no control characters')
export const conversationIdSchema = applicationId as unknown as z.ZodType<ConversationId, string>
export const userIdSchema = applicationId as unknown as z.ZodType<UserId, string>

/** The registry holds what SQL writes to the same numbers (20260328100000). */
const word = z.string().min(1).max(100)
const regions = z.array(word).max(200)

const known = z.boolean().nullable()
const count = z.int().min(0)

export const abilitiesSchema = z.strictObject({
  tools: known,
  toolsStreaming: known,
  images: known,
  documents: known,
  streaming: known,
  jsonSchema: known,
  promptCaching: known,
  reasoning: known,
})

export const lifecycleSchema = z.strictObject({
  status: z.enum(['active', 'preview', 'legacy', 'deprecated', 'eol']),
  endsOn: isoDate.nullable(),
  replacement: modelIdSchema.nullable(),
})

export const modelSchema = z.strictObject({
  id: modelIdSchema,
  name: z.string().min(1).max(200),
  vendor: word,
  provider: providerIdSchema,
  upstreamId: z.string().min(1).max(2048),
  purpose: z.enum(['chat', 'embedding']),
  kind: z.enum(['direct', 'foundation-model', 'geo-profile', 'global-profile', 'application-profile']),
  baseModelId: z.string().min(1).max(2048).nullable(),
  family: word,
  tier: word.nullable(),
  generation: z.number().min(0).max(1_000_000),
  format: word,
  contextTokens: z.int32().min(1).nullable(),
  maxOutputTokens: z.int32().min(1).nullable(),
  abilities: abilitiesSchema,
  sourceRegions: regions.nullable(),
  destinationRegions: regions.nullable(),
  destinationsFrom: z
    .record(word, regions)
    .refine(
      (lists) => JSON.stringify(lists).length <= 50_000,
      'all of its lists have at most 50000 characters',
    )
    .exactOptional()
    .describe('Where it may run by the region that is called, where AWS said so.'),
  lifecycle: lifecycleSchema,
  enabled: z.boolean(),
  priority: z.int32(),
})
modelSchema satisfies z.ZodType<Model>

const rate = count.nullable()
const rates = {
  inputPicoUsd: rate,
  outputPicoUsd: rate,
  cacheReadPicoUsd: rate,
  cacheWrite5mPicoUsd: rate,
  cacheWrite1hPicoUsd: rate,
}

const tiers = z.array(z.strictObject({ ...rates, inputTokensAbove: count })).max(10)
const pricedTier = z.strictObject({
  serviceTier: z
    .string()
    .refine(isServiceTier, serviceTierRule)
    .describe('`flex`, `priority`, or a vendor’s own word in small letters: `fast`, `ultrafast`.'),
  ...rates,
  tiers,
})
const isOnce = (priced: readonly { readonly serviceTier: string }[]): boolean =>
  new Set(priced.map(({ serviceTier }) => serviceTier)).size === priced.length
const once = 'a service tier stands twice'
export const serviceTiersSchema = z.array(pricedTier).max(20).refine(isOnce, once)

export const priceSchema = z.strictObject({
  id: priceIdSchema,
  modelId: modelIdSchema,
  region: word,
  effectiveFromMs: count.max(latestMs),
  tiers,
  serviceTiers: serviceTiersSchema.min(1).exactOptional(),
  source: z.string().min(1).max(2_000),
  sourceDate: isoDate,
  ...rates,
})
priceSchema satisfies z.ZodType<Price>

/** The same as callers write it: what they leave out of cached tokens is not known. */
export const newServiceTiersSchema = z
  .array(
    pricedTier.extend({
      cacheReadPicoUsd: rate.default(null),
      cacheWrite5mPicoUsd: rate.default(null),
      cacheWrite1hPicoUsd: rate.default(null),
      tiers: tiers.default([]),
    }),
  )
  .max(20)
  .refine(isOnce, once)

export const rankedModelSchema = z.strictObject({
  modelId: modelIdSchema,
  weight: z.number().min(0).max(1_000_000),
})
rankedModelSchema satisfies z.ZodType<RankedModel>

export const objectiveSchema = z.enum(['curated', 'quality', 'cost', 'latency'])

/** Under a second they would be traffic; over ten minutes no connection waits for them. */
export const heartbeatSchema = z.union([z.literal(0), z.int().min(1_000).max(600_000)]).nullable()

export const routeSchema = z.strictObject({
  kind: z.enum(['default', 'use-case', 'agent']),
  name: routeNameSchema,
  target: modelIdSchema.nullable(),
  candidates: z.array(rankedModelSchema),
  strategy: z.enum(['priority', 'weighted', 'least-latency', 'lowest-cost']),
  fallbacks: z.array(modelIdSchema).max(100).nullable(),
  residency: regions.nullable(),
  lifecycleRule: z.enum(['warn', 'block']),
  objective: objectiveSchema,
  autoSwitch: z.enum(['on', 'propose', 'off']),
  capture: z.boolean(),
  // A catalogue file may leave it out.
  heartbeatMs: heartbeatSchema.default(null),
  switchId: z.string().nullable(),
})
routeSchema satisfies z.ZodType<Route>

export const roleSchema = z.strictObject({ name: routeNameSchema, useCase: routeNameSchema })
roleSchema satisfies z.ZodType<Role>

export const aliasSchema = z.strictObject({ name: idText, target: idText })
aliasSchema satisfies z.ZodType<Alias>

export const fallbackRuleSchema = z.strictObject({
  family: word,
  tier: word.nullable(),
  toFamily: word,
  toTier: word,
})
fallbackRuleSchema satisfies z.ZodType<FallbackRule>
