import { expect, test } from 'vitest'
import { curatedControl } from '../testing/curated-control.ts'
import { catalogue } from '../testing/start-control.ts'

const micro = 'eu.amazon.nova-micro-v1:0'
const lite = 'eu.amazon.nova-lite-v1:0'
const region = 'eu-central-1'

const at = curatedControl()

const rowsOf = (id: string) => catalogue.prices.filter(({ modelId }) => modelId === id)

/** Of a month: another input, and then what it is now. Later first, because order is not the sender's affair. */
function promotion(id: string) {
  const now = rowsOf(id).find((row) => row.region === region)
  if (now === undefined) throw new Error(`${id} has no price in ${region}`)
  const during = { ...now, id: `${id}#during`, inputPicoUsd: (now.inputPicoUsd ?? 0) / 2 }
  const from = [Date.parse('2027-01-01T00:00:00Z'), Date.parse('2027-02-01T00:00:00Z')] as const
  return [
    { ...now, id: `${id}#after`, effectiveFromMs: from[1] },
    { ...during, effectiveFromMs: from[0] },
  ]
}

const inputFrom = async (id: string, asOf: string): Promise<unknown> => {
  const { body } = await at.ask(`/api/v1/prices?modelId=${encodeURIComponent(id)}&asOf=${asOf}`)
  const rows = body.data as unknown as readonly { readonly region: string; readonly inputPicoUsd: number }[]
  return rows.find((row) => row.region === region)?.inputPicoUsd
}

const present = (id: string) => rowsOf(id).find((row) => row.region === region)?.inputPicoUsd ?? 0

async function expectPromotion(id: string): Promise<void> {
  expect(await inputFrom(id, '2027-01-15')).toBe(present(id) / 2)
  expect(await inputFrom(id, '2027-02-15')).toBe(present(id))
}

test('a file of which one price goes back to what holds now is taken whole', async () => {
  const entry = catalogue.models.find(({ id }) => id === micro)
  const text = JSON.stringify({ models: [entry], prices: [...rowsOf(micro), ...promotion(micro)] })
  const { body } = await at.ask('/api/v1/models/import', { body: { text, name: 'prices.json' } })
  const { plan } = body as unknown as { readonly plan: { readonly prices: readonly object[] } }
  expect(plan.prices).toMatchObject([
    { from: { inputPicoUsd: present(micro) / 2 }, to: { inputPicoUsd: present(micro) } },
    { from: { inputPicoUsd: present(micro) }, to: { inputPicoUsd: present(micro) / 2 } },
  ])
  await expectPromotion(micro)
})

const written = <Row extends { readonly effectiveFromMs: number }>({ effectiveFromMs, ...row }: Row) => ({
  ...row,
  effectiveFrom: new Date(effectiveFromMs).toISOString(),
})
const putLite = (prices: readonly object[]) =>
  at.ask(`/api/v1/prices?modelId=${encodeURIComponent(lite)}`, { method: 'PUT', body: { prices } })

test('a table of which one price knows less than another one of it is refused whole', async () => {
  const [after, during] = promotion(lite).map(written)
  const known = rowsOf(lite).map(written)
  const cached = { ...during, cacheWrite1hPicoUsd: 1_000 }
  const { body, status } = await putLite([...known, { ...after, cacheWrite1hPicoUsd: null }, cached])
  expect([status, body.error.field]).toEqual([409, 'cacheWrite1hPicoUsd'])
  expect(await inputFrom(lite, '2027-01-15')).toBe(present(lite))
})

test('a table of which one price goes back to what holds now is taken whole', async () => {
  const { body, status } = await putLite([...rowsOf(lite), ...promotion(lite)].map(written))
  expect([status, body.added]).toEqual([200, 2])
  await expectPromotion(lite)
})
