import { PointsmanError, type Model, type Price } from '@pointsman/contract'
import { callingRegion } from '@pointsman/core'
import type { CatalogueFile } from '../catalogue/catalogue-file.ts'
import { providerOfItem } from '../catalogue/import/import-llm-models.ts'
import type { Clock, DynamoDb } from '../ports.ts'
import { createTable, newItem, openTable, readTable, writeItem, type Table, type TableItem } from './table.ts'

export interface PopulateOrder {
  readonly table: string
  readonly catalogue: CatalogueFile
  /** Whose prices, and which models can be called from it. */
  readonly region: string
  /** Of these providers alone; null = of all. */
  readonly providers: readonly string[] | null
  /** A table that is not there is made. */
  readonly create: boolean
  readonly dryRun: boolean
}

export interface Populated {
  readonly made: boolean
  readonly added: readonly string[]
  readonly changed: readonly { readonly key: string; readonly members: readonly string[] }[]
  readonly unchanged: number
  /** Somebody wrote them in between: they were left as they are. */
  readonly raced: readonly string[]
}

type Member = string | number | boolean
type Members = { readonly [name: string]: Member }

/**
 * Fills a table `LLMModels` with the models of the catalogue that can be called from a region, in seed 003's item form. Of
 * items that are there it corrects what the catalogue knows; which is the default, and all that others keep in them, stays.
 */
export async function populateModels(
  dynamo: DynamoDb,
  clock: Pick<Clock, 'after' | 'nowMs'>,
  order: PopulateOrder,
): Promise<Populated> {
  const table = await openOrMake(dynamo, clock, order)
  const present = table.isReady ? (await readTable(dynamo, table)).items : []
  const hasDefault = present.some(({ members }) => members['is_default'] === true)
  const target = order.catalogue.routes.find(({ kind }) => kind === 'default')?.target ?? null
  const added: string[] = []
  const changed: { key: string; members: string[] }[] = []
  const raced: string[] = []
  let unchanged = 0
  for (const model of wantedModels(order)) {
    const members = membersOf(model, order, clock.nowMs())
    if (members === null) continue
    const item = itemOf(present, model)
    const isDefault = !hasDefault && model.id === target
    const set = item === undefined ? { ...members, is_default: isDefault } : differing(members, item)
    const key = item?.keyText ?? `${model.provider}#${model.upstreamId}`
    if (Object.keys(set).length === 0) unchanged += 1
    else if (
      !order.dryRun &&
      (await writeItem(dynamo, table, { item: item ?? newItem(table, key), set })) === 'changed'
    )
      raced.push(key)
    else if (item === undefined) added.push(key)
    else changed.push({ key, members: Object.keys(set) })
  }
  return { made: table.made, added, changed, unchanged, raced }
}

interface Opened extends Table {
  readonly isReady: boolean
  readonly made: boolean
}

const keyName = 'pk'
const readyWithinMs = 60_000

async function openOrMake(
  dynamo: DynamoDb,
  clock: Pick<Clock, 'after' | 'nowMs'>,
  { create, dryRun, table: name }: PopulateOrder,
): Promise<Opened> {
  try {
    const table = await openTable(dynamo, name)
    if (table.keyNames.length === 1) return { ...table, made: false }
    throw new PointsmanError(
      'refused',
      `The key of the DynamoDB table ${name} is ${table.keyNames.join(' and ')}; a table of models has one of one part, such as "pk".`,
    )
  } catch (thrown) {
    const isAbsent =
      thrown instanceof PointsmanError && thrown.details.data?.['vendorName'] === 'ResourceNotFoundException'
    if (!isAbsent || !create) throw thrown
    if (dryRun) return { name, keyNames: [keyName], isReady: false, made: true }
  }
  await createTable(dynamo, name, keyName)
  const untilMs = clock.nowMs() + readyWithinMs
  for (;;) {
    const table = await openTable(dynamo, name)
    if (table.isReady) return { ...table, made: true }
    if (clock.nowMs() > untilMs)
      throw new PointsmanError(
        'upstream_broken',
        `The DynamoDB table ${name} is still being made. Run this again in a minute.`,
      )
    await new Promise<void>((resolve) => void clock.after(1_000, resolve))
  }
}

const wantedModels = ({ catalogue, providers, region }: PopulateOrder): readonly Model[] =>
  catalogue.models.filter(
    (model) =>
      model.purpose === 'chat' &&
      model.lifecycle.status !== 'eol' &&
      (providers?.includes(model.provider) ?? true) &&
      (model.kind === 'direct' || (model.sourceRegions?.includes(region) ?? true)),
  )

/** Null = no price is known, and an item without one says nothing. */
function membersOf(model: Model, { catalogue, region }: PopulateOrder, nowMs: number): Members | null {
  const price = priceOf(model, catalogue.prices, { region, nowMs })
  if (price?.inputPicoUsd == null || price.outputPicoUsd === null) return null
  const { contextTokens } = model
  const { images, tools } = model.abilities
  return {
    ...{ provider: model.provider, model_id: model.upstreamId, display_name: model.name },
    ...{ input_price: price.inputPicoUsd / 1_000_000, output_price: price.outputPicoUsd / 1_000_000 },
    ...(contextTokens === null ? {} : { max_tokens: contextTokens }),
    ...(tools === null ? {} : { supports_tools: tools }),
    ...(images === null ? {} : { supports_vision: images }),
  }
}

function priceOf(
  model: Model,
  prices: readonly Price[],
  { nowMs, region }: { readonly nowMs: number; readonly region: string },
): Price | null {
  const where = callingRegion(model, region)
  const inForce = prices
    .filter(({ effectiveFromMs, modelId }) => modelId === model.id && effectiveFromMs <= nowMs)
    .sort((one, other) => other.effectiveFromMs - one.effectiveFromMs)
  return (
    inForce.find((price) => price.region === where) ?? inForce.find((price) => price.region === '*') ?? null
  )
}

const itemOf = (items: readonly TableItem[], model: Model): TableItem | undefined =>
  items.find(
    ({ members }) =>
      members['model_id'] === model.upstreamId &&
      typeof members['provider'] === 'string' &&
      providerOfItem(members['provider']) === model.provider,
  )

/** By its own word for the provider an item is found; that word stays. */
const differing = ({ provider: _, ...members }: Members, item: TableItem): Members =>
  Object.fromEntries(Object.entries(members).filter(([name, value]) => item.members[name] !== value))
