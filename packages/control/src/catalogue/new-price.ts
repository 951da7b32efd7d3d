import { priceId, type Price } from '@pointsman/contract'
import { z } from 'zod'
import { instant, instantText } from '../instant.ts'
import { newServiceTiersSchema, priceSchema } from './schemas.ts'

const { id, modelId, region, source, sourceDate, tiers } = priceSchema.shape
const rate = priceSchema.shape.inputPicoUsd

/** A dated price as callers write it: what they leave out is plain. */
export const newPriceSchema = z.strictObject({
  id: id.optional().describe('`MODEL@REGION@INSTANT` unless set.'),
  modelId,
  region: region.default('*').describe('`*`: one price everywhere.'),
  effectiveFrom: instantText.optional().describe('Now unless set; may lie ahead.'),
  inputPicoUsd: rate.describe(
    'Pico-dollars a token: US-$ 1 per million tokens is 1,000,000. Null = not known.',
  ),
  outputPicoUsd: rate,
  cacheReadPicoUsd: rate.default(null),
  cacheWrite5mPicoUsd: rate.default(null),
  cacheWrite1hPicoUsd: rate.default(null),
  tiers: tiers.default([]),
  serviceTiers: newServiceTiersSchema
    .default([])
    .describe(
      'Rates of other service tiers than the standard one; one that is not here is reckoned as that.',
    ),
  source,
  sourceDate: sourceDate.optional().describe('Today unless set.'),
})

export function priceOf(
  { effectiveFrom, id: given, serviceTiers, sourceDate: dated, ...facts }: z.output<typeof newPriceSchema>,
  nowMs: number,
): Price {
  const effectiveFromMs = effectiveFrom === undefined ? nowMs : Date.parse(effectiveFrom)
  return {
    ...facts,
    id: given ?? priceId(`${facts.modelId}@${facts.region}@${effectiveFromMs}`),
    effectiveFromMs,
    sourceDate: dated ?? instant(nowMs).slice(0, 10),
    ...(serviceTiers.length === 0 ? {} : { serviceTiers }),
  }
}
