import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { readCatalogue } from './catalogue-file.ts'

const read = async (name: string): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(new URL(`../../../../catalogue/${name}`, import.meta.url), 'utf8')) as Record<
    string,
    unknown
  >

const models = await read('models.json')
const routes = await read('routes.json')

test('the catalogue of the repository is whole', () => {
  const catalogue = readCatalogue(models, routes)
  expect(catalogue.models.length).toBeGreaterThan(100)
  expect(catalogue.routes.map((route) => route.name)).toEqual([
    'default',
    'platform',
    'clinical',
    'health',
    'operations',
  ])
})

test('one wrong price refuses the whole file and names its field', () => {
  const [first, ...others] = models['prices'] as Record<string, unknown>[]
  for (const wrong of [
    { ...first, inputPicoUsd: -1 },
    { ...first, inputPicoUsd: 'dear' },
    { ...first, outputPicoUsd: undefined },
  ]) {
    expect(() => readCatalogue({ ...models, prices: [...others, wrong] }, routes)).toThrow(
      /prices\[\d+\]\.(in|out)putPicoUsd/,
    )
  }
})

test('a model that stands twice, or a price of no model, refuses the file', () => {
  const list = models['models'] as Record<string, unknown>[]
  expect(() => readCatalogue({ ...models, models: [...list, list[0]] }, routes)).toThrow(/twice/)
  expect(() => readCatalogue({ ...models, models: list.slice(1) }, routes)).toThrow(/prices\[\d+\]\.modelId/)
})
