import { PointsmanError } from '@pointsman/contract'
import { findPriceRow, listPriceRows, priceTableRevision, type PriceRow } from '@pointsman/registry'
import { z } from 'zod'
import { behindShown } from './behind-shown.ts'
import { modelIdSchema, priceIdSchema, priceSchema, serviceTiersSchema } from '../catalogue/schemas.ts'
import { newPriceSchema, priceOf } from '../catalogue/new-price.ts'
import { alarmingPrices } from '../catalogue/price-alarm.ts'
import { unknownName } from '../catalogue/unknown-names.ts'
import { writePrices } from '../catalogue/write-prices.ts'
import type { ControlHouse } from '../house.ts'
import { endpoint, type Endpoint } from '../http/endpoint.ts'
import { instant, instantText } from '../instant.ts'
import { page, pageOf, pageQuery } from '../http/paging.ts'

const priceShown = priceSchema.extend({
  serviceTiers: serviceTiersSchema,
  effectiveFrom: z.iso.datetime(),
  revision: z.number().describe('The revision that added it; 1 = the first start.'),
})

const path = z.strictObject({ id: priceIdSchema })

// size: a declared table of endpoints
export const priceEndpoints = (house: ControlHouse): readonly Endpoint[] => [
  ...singlePrices(house),
  alarming(house, wholeTable(house)),
]

// size: a declared table of endpoints
const singlePrices = (house: ControlHouse): readonly Endpoint[] => [
  endpoint({
    operation: 'prices.list',
    method: 'GET',
    path: '/prices',
    summary: 'Dated prices. The table has one ETag: the revision that last added a price.',
    query: z.strictObject({
      ...pageQuery,
      modelId: modelIdSchema.optional(),
      region: z.string().min(1).optional(),
      asOf: instantText
        .optional()
        .describe('Only those that hold at this instant; the whole history unless set.'),
    }),
    answer: pageOf(priceShown),
    handle: async ({ query: { asOf, modelId: model, region: where, ...paging } }) => {
      const rows = await listPriceRows(house.database, {
        ...(model === undefined ? {} : { modelId: model }),
        ...(where === undefined ? {} : { region: where }),
        ...(asOf === undefined ? {} : { asOfMs: Date.parse(asOf) }),
      })
      const revision = await priceTableRevision(house.database)
      return { data: page(rows.map(shown), (row) => row.id, paging), revision }
    },
  }),
  endpoint({
    operation: 'prices.show',
    method: 'GET',
    path: '/prices/{id}',
    summary: 'One dated price.',
    pathParameters: path,
    answer: priceShown,
    errors: ['not_found'],
    handle: async ({ path: { id: asked } }) => {
      const row = await findPriceRow(house.database, asked)
      if (row === null) throw unknownName('not_found', 'Price', asked, [])
      return { data: shown(row), revision: row.revision }
    },
  }),
  endpoint({
    operation: 'prices.create',
    method: 'POST',
    path: '/prices',
    summary: 'Adds a dated price. None is ever edited: a change of price is a new row.',
    body: newPriceSchema,
    answer: priceShown.extend(behindShown),
    status: 201,
    conditional: true,
    errors: ['model_not_found', 'refused', 'revision_rejected'],
    handle: async ({ body, principal, ifMatch }) => {
      const price = priceOf(body, house.clock.nowMs())
      const { behind } = await writePrices(house, principal, { prices: [price], whole: null, ifMatch })
      const { modelId: model, region: where, effectiveFromMs } = price
      const [row] = await listPriceRows(house.database, {
        modelId: model,
        region: where,
        asOfMs: effectiveFromMs,
      })
      if (row === undefined)
        throw new PointsmanError('internal', `The price ${price.id} was added and is gone`)
      return { data: { ...shown(row), ...behind }, revision: row.revision }
    },
  }),
]

const wholeTable = (house: ControlHouse): Endpoint =>
  endpoint({
    operation: 'prices.put',
    method: 'PUT',
    path: '/prices',
    summary:
      'A whole table of prices: what changed in it is added as dated rows. Refused whole, with an alarm, where a row is negative, missing, knows less, costs nothing any more or far from what it did.',
    query: z.strictObject({
      modelId: modelIdSchema.optional().describe('The table is that of this model only.'),
    }),
    body: z.strictObject({ prices: z.array(newPriceSchema).min(1).max(10_000) }),
    answer: z.object({ added: z.number(), revision: z.number(), ...behindShown }),
    conditional: true,
    errors: ['model_not_found', 'refused', 'revision_rejected'],
    handle: async ({ query, body, principal, ifMatch }) => {
      const model = query.modelId ?? null
      const stray = body.prices.findIndex((price) => model !== null && price.modelId !== model)
      if (stray >= 0) {
        const field = `prices[${stray}].modelId`
        throw new PointsmanError('invalid_request', `"${field}" is not the model that the query names.`, {
          field,
        })
      }
      const nowMs = house.clock.nowMs()
      const prices = body.prices.map((price) => priceOf(price, nowMs))
      const whole = { modelId: model }
      const { added, behind } = await writePrices(house, principal, { prices, whole, ifMatch })
      const revision = await priceTableRevision(house.database)
      return { data: { added, revision, ...behind }, revision }
    },
  })

const alarming = (house: ControlHouse, wrapped: Endpoint): Endpoint => ({
  ...wrapped,
  run: (asked) => alarmingPrices(house.alarms, () => wrapped.run(asked)),
})

const shown = ({ price, revision }: PriceRow) => ({
  ...price,
  serviceTiers: [...(price.serviceTiers ?? [])],
  effectiveFrom: instant(price.effectiveFromMs),
  revision,
})
