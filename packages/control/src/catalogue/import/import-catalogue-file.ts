import { PointsmanError, type Model, type Price } from '@pointsman/contract'
import { z } from 'zod'
import { check } from '../../http/check.ts'
import { instant } from '../../instant.ts'
import type { Proposal } from '../changes/catalogue-plan.ts'
import { placeOf } from '../price-rules.ts'
import { modelSchema, priceSchema } from '../schemas.ts'
import { correctedRows } from './corrected-rows.ts'
import type { ImportContext } from './import-context.ts'

// Notes for readers (sources, facts) are not ours to check.
const file = z.object({ models: z.array(modelSchema).min(1), prices: z.array(priceSchema) })

/**
 * A file in the form of `catalogue/models.json`: its entries as they stand there, with all their prices. Throws PointsmanError
 * naming the first wrong member; `refused` where a price that holds now of one of its models is not among its prices.
 */
export function importCatalogueFile(content: unknown, context: ImportContext): Proposal {
  const { models, prices } = check(file, content, 'file')
  refuseTwice(models)
  const ids = new Set([...models, ...context.present].map(({ id }) => id))
  const stray = prices.findIndex(({ modelId }) => !ids.has(modelId))
  if (stray >= 0)
    throw new PointsmanError(
      'invalid_request',
      `"prices[${stray}].modelId" names a model that neither the file nor the catalogue has: ${prices[stray]?.modelId ?? ''}. Nothing was changed.`,
      { field: `prices[${stray}].modelId` },
    )
  refuseTwiceDated(prices)
  refuseMissing(new Set(models.map(({ id }) => id)), prices, context)
  return { models, missing: [], skipped: [], ...correctedRows(prices, context) }
}

function refuseTwice(models: readonly Model[]): void {
  const seen = new Set<string>()
  models.forEach(({ id }, at) => {
    if (seen.has(id))
      throw new PointsmanError('invalid_request', `"models[${at}]" is in the file twice: ${id}.`, {
        field: `models[${at}]`,
      })
    seen.add(id)
  })
}

function refuseTwiceDated(prices: readonly Price[]): void {
  const seen = new Set<string>()
  prices.forEach((price, at) => {
    const dated = `${placeOf(price)} from ${instant(price.effectiveFromMs)}`
    if (seen.has(dated))
      throw new PointsmanError('invalid_request', `"prices[${at}]" is in the file twice: ${dated}.`, {
        field: `prices[${at}]`,
      })
    seen.add(dated)
  })
}

function refuseMissing(
  models: ReadonlySet<Model['id']>,
  prices: readonly Price[],
  { history, nowMs }: ImportContext,
): void {
  const given = new Set(prices.map(placeOf))
  const inForce = history.filter(
    (price) => models.has(price.modelId) && price.effectiveFromMs <= nowMs && !given.has(placeOf(price)),
  )
  const missing = [...new Set(inForce.map(placeOf))]
  if (missing.length === 0) return
  throw new PointsmanError(
    'refused',
    `The file is refused whole: ${missing.length} prices in force of its models are missing from it, first that of ${missing[0]}. Nothing was changed.`,
    { field: 'prices', data: { missing: missing.slice(0, 100) } },
  )
}
