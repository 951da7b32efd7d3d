import { priceId, type ModelId } from '@pointsman/contract'
import { expect, test } from 'vitest'
import type { Database } from './database.ts'
import { findModel } from './models.ts'
import { addPrices, currentPrices, listPrices } from './prices.ts'
import { onBothDatabases } from './testing/databases.ts'
import {
  edit,
  newHaiku,
  newSonnet,
  novaLite,
  novaMicro,
  price,
  testActor,
} from './testing/sample-registry.ts'

const hourMs = 3_600_000

const costAt = async (database: Database, id: ModelId, nowMs: number) =>
  (await currentPrices(database, { nowMs, modelId: id })).map((row) => row.inputPicoUsd)

const setCost = (database: Database, id: string, usd: number) =>
  edit(database, `UPDATE bedrock_models SET input_cost_per_mtok = ${usd} WHERE model_id = '${id}'`)

/** What `setCost` leaves when the clock stands an hour ahead. */
async function setCostAnHourAhead(database: Database, id: string, usd: number): Promise<number> {
  const atMs = Date.now() + hourMs
  await database.query(
    `INSERT INTO pointsman.prices (id, model_id, region, effective_from, by_plan, input_pico_usd, source, source_date)
     VALUES ($1, $2, 'eu-central-1', $3, false, $4, 'SQL: test', '2026-01-01')`,
    [`${id}@ahead`, id, new Date(atMs), usd * 1_000_000],
  )
  return atMs
}

onBothDatabases('a cost that is written after the clock was set back', (registry) => {
  test('holds now, and still when the clock comes to the row that was written ahead', async () => {
    const database = registry.database()
    const aheadMs = await setCostAnHourAhead(database, novaMicro, 9)
    for (const usd of [2, 3]) {
      await setCost(database, novaMicro, usd)
      expect((await findModel(database, novaMicro))?.inputCostPerMTok).toBe(usd)
      for (const laterMs of [Date.now(), aheadMs - 1, aheadMs + 10, aheadMs + hourMs]) {
        expect(await costAt(database, novaMicro, laterMs)).toEqual([usd * 1_000_000])
      }
    }
  })

  test('leaves a price that was planned to its day', async () => {
    const database = registry.database()
    const plannedMs = Date.now() + hourMs
    await database.transaction({ purpose: 'registry', actor: testActor }, (transaction) =>
      addPrices(transaction, [price(novaLite, 7, 8, { id: priceId('planned'), effectiveFromMs: plannedMs })]),
    )
    await setCost(database, novaLite, 2)
    expect(await costAt(database, novaLite, Date.now())).toEqual([2_000_000])
    expect(await costAt(database, novaLite, plannedMs)).toEqual([7_000_000])
  })

  test('gives way to a planned price between, also past the row that was written ahead', async () => {
    const database = registry.database()
    const aheadMs = await setCostAnHourAhead(database, newSonnet, 9)
    const plannedMs = Date.now() + hourMs / 2
    await database.transaction({ purpose: 'registry', actor: testActor }, (transaction) =>
      addPrices(transaction, [
        price(newSonnet, 7, 8, { id: priceId('planned-between'), effectiveFromMs: plannedMs }),
      ]),
    )
    await setCost(database, newSonnet, 2)
    const costs = await Promise.all(
      [Date.now(), plannedMs, aheadMs + 10].map((atMs) => costAt(database, newSonnet, atMs)),
    )
    expect(costs).toEqual([[2_000_000], [7_000_000], [7_000_000]])
  })

  test('with a clock that runs on, one edit is one row', async () => {
    const database = registry.database()
    const before = (await listPrices(database, { modelId: newHaiku })).length
    await setCost(database, newHaiku, 2)
    await setCost(database, newHaiku, 3)
    expect((await listPrices(database, { modelId: newHaiku })).length).toBe(before + 2)
    expect(await costAt(database, newHaiku, Date.now())).toEqual([3_000_000])
  })
})
