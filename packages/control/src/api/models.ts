import { PointsmanError, refusalKinds, type Principal } from '@pointsman/contract'
import { callingRegion } from '@pointsman/core'
import {
  currentPrices,
  findModel,
  pageOfModels,
  type CatalogueRow,
  type Queryable,
} from '@pointsman/registry'
import { z } from 'zod'
import { modelItem } from '../catalogue/model-item.ts'
import { itemContext } from '../catalogue/item-context.ts'
import { setAvailability } from '../catalogue/model-availability.ts'
import { completeOrder, modelOrderSchema } from '../catalogue/model-order.ts'
import { nobodyBehind, type Behind } from '../acknowledgements/replicas.ts'
import { behindShown } from './behind-shown.ts'
import { modelIdSchema, modelSchema, priceSchema } from '../catalogue/schemas.ts'
import { unknownName } from '../catalogue/unknown-names.ts'
import { validateModel } from '../catalogue/validate-model.ts'
import { changeModel, writeModel } from '../catalogue/write-models.ts'
import type { ControlHouse } from '../house.ts'
import { endpoint, type Answer, type Endpoint, type Frozen } from '../http/endpoint.ts'
import { requireFresh } from '../http/entity-tag.ts'
import { pageOf, pageQuery } from '../http/paging.ts'
import { authorize } from '../keys/authenticate.ts'

const lifecycle = z.enum(['active', 'preview', 'legacy', 'deprecated', 'eol'])

const item = z.object({
  id: z.string(),
  name: z.string(),
  provider: z.string().describe('The company that made it.'),
  servedBy: z.string().describe('The provider that the call goes to.'),
  useCase: z.string().nullable(),
  maxTokens: z.number().nullable(),
  inputCostPerMTok: z
    .number()
    .nullable()
    .describe('US-$ per million tokens, today, in the region that is called.'),
  outputCostPerMTok: z.number().nullable(),
  isAvailable: z.boolean(),
  isDefault: z.boolean(),
  lifecycle,
  endsOn: z.string().nullable(),
  replacement: z.string().nullable(),
  format: z.string(),
  abilities: z.array(z.string()).describe('What it is known to be able to do: `tools`, `images`, …'),
  runsIn: z.array(z.string()).nullable().describe('Where it may run when it is called; null = not known.'),
  contextTokens: z.number().nullable(),
})

const detail = item.extend({
  model: modelSchema,
  region: z.string().describe('The region that is called from here.'),
  prices: z.array(priceSchema).describe('Those in force now, in every region.'),
  revision: z.number(),
})

const changed = detail.extend(behindShown)

const path = z.strictObject({ id: modelIdSchema })
const changes = z
  .strictObject({
    enabled: z.boolean(),
    isDefault: z.literal(true).describe('The default passes to it; a disabled model is enabled.'),
    name: z.string().min(1).max(200),
    maxOutputTokens: z.int32().min(1).nullable(),
    priority: z.int32(),
    reason: z.string().max(2_000),
  })
  .partial()

const written = {
  prices: z
    .array(priceSchema.omit({ modelId: true }))
    .default([])
    .describe('Dated rows; history is never rewritten.'),
}

export const modelEndpoints = (house: ControlHouse): readonly Endpoint[] => [
  endpoint({
    operation: 'models.list',
    method: 'GET',
    path: '/models',
    summary: 'The catalogue, those past their end of life last.',
    query: z.strictObject({
      ...pageQuery,
      includeDisabled: z.stringbool().default(true),
      provider: z.string().optional().describe('The company that made it: `amazon`.'),
      lifecycle: lifecycle.optional(),
      search: z.string().max(200).default('').describe('Words of its id, name, maker or provider.'),
    }),
    answer: pageOf(item),
    handle: async ({ query }) => {
      const context = itemContext(house)
      const { data, nextCursor } = await pageOfModels(house.database, {
        ...{ enabledOnly: !query.includeDisabled, vendor: query.provider, nowMs: context.nowMs },
        ...{ lifecycle: query.lifecycle, search: query.search },
        ...{ limit: query.limit, cursor: query.cursor ?? null },
      })
      return {
        data: { data: data.map((row) => modelItem(row, context)), nextCursor },
        revision: context.snapshot.revision.number,
      }
    },
  }),
  endpoint({
    operation: 'models.show',
    method: 'GET',
    path: '/models/{id}',
    summary: 'One entry with everything that is known of it.',
    pathParameters: path,
    answer: detail,
    errors: ['model_not_found'],
    handle: async (asked) => answerOf(house, await requireRow(house, asked.path.id)),
  }),
  ...modelWrites(house),
  ...modelQuestions(house),
]

const modelWrites = (house: ControlHouse): readonly Endpoint[] => [
  endpoint({
    operation: 'models.create',
    method: 'POST',
    path: '/models',
    summary:
      'Adds an entry; refused where it exists. What is left out is taken from what is known of it, or of the same model elsewhere.',
    body: modelOrderSchema,
    answer: changed,
    status: 201,
    errors: ['refused', 'route_not_found', 'revision_rejected'],
    handle: async ({ body, principal }) => {
      const order = await completeOrder(house, body)
      const { row, behind } = await writeModel(house, principal, { ...order, mustBeNew: true, ifMatch: null })
      return changedAnswer(house, row, behind)
    },
  }),
  endpoint({
    operation: 'models.put',
    method: 'PUT',
    path: '/models/{id}',
    summary:
      'Adds an entry or replaces its facts. Whether an entry that exists is enabled is changed by PATCH only.',
    pathParameters: path,
    body: modelSchema.omit({ id: true }).extend(written),
    answer: changed,
    conditional: true,
    errors: ['refused', 'revision_rejected'],
    handle: async ({ path: { id }, body: { prices, ...facts }, principal, ifMatch }) => {
      const priced = prices.map((price) => ({ ...price, modelId: id }))
      const write = { model: { ...facts, id }, prices: priced, mustBeNew: false, ifMatch }
      const { row, created, behind } = await writeModel(house, principal, write)
      const answer = await changedAnswer(house, row, behind)
      return { ...answer, ...(created ? { status: 201 as const } : {}) }
    },
  }),
  endpoint({
    operation: 'models.change',
    method: 'PATCH',
    path: '/models/{id}',
    summary: 'Enables or disables it, makes it the default, or changes plain facts.',
    pathParameters: path,
    body: changes,
    answer: changed,
    conditional: true,
    errors: ['model_not_found', 'model_not_available', 'last_usable_model', 'lifecycle_blocked'],
    handle: async ({ path: { id }, body, principal, ifMatch }) => {
      const behind = await changeEntry(house, principal, { id, ifMatch, ...body })
      return changedAnswer(house, await requireRow(house, id), behind)
    },
  }),
]

type EntryChange = z.output<typeof changes> & { readonly id: string; readonly ifMatch: number | null }

async function changeEntry(house: ControlHouse, principal: Principal, change: EntryChange): Promise<Behind> {
  const { id, ifMatch, enabled, isDefault, name, maxOutputTokens, priority, reason = null } = change
  if (enabled === false && isDefault) {
    throw new PointsmanError('invalid_request', '"isDefault" and "enabled": false contradict each other.', {
      field: 'enabled',
    })
  }
  const facts = {
    ...(name === undefined ? {} : { name }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(priority === undefined ? {} : { priority }),
  }
  const hasFacts = Object.keys(facts).length > 0
  if (hasFacts && (isDefault ?? enabled) !== undefined) {
    // Two revisions would follow, and the second could be refused after the first was made.
    throw new PointsmanError(
      'invalid_request',
      'Plain facts and "enabled" or "isDefault" are changed by two requests.',
      { field: 'enabled' },
    )
  }
  if (hasFacts) {
    authorize(principal, 'models.put')
    return changeModel(house, principal, { id, facts, ifMatch })
  }
  if (isDefault) {
    const guard = (database: Queryable): Promise<void> => requireFreshModel(database, id, ifMatch)
    return house.switching.setDefault(principal, { modelId: id, reason, guard })
  }
  if (enabled === undefined) return nobodyBehind
  return setAvailability(house, principal, { modelId: id, enabled, reason, ifMatch })
}

const probeShown = z.object({
  ok: z.boolean(),
  latencyMs: z.number(),
  problem: z.string().optional(),
  refusal: z
    .object({
      kind: z.enum(refusalKinds),
      vendorName: z.string().nullable().describe('The vendor’s name of the error.'),
      modelId: z.string().describe('The entry that was called: the profile that stands in for a base id.'),
      region: z.string(),
      refusedIn: z
        .string()
        .nullable()
        .describe('The region to which a profile led, where it was refused there.'),
    })
    .optional(),
  step: z.string().optional().describe('What mends it.'),
})

const modelQuestions = (house: ControlHouse): readonly Endpoint[] => [
  endpoint({
    operation: 'models.validate',
    method: 'POST',
    path: '/models/{id}/validate',
    summary:
      'Whether it can be switched to. `probe: true`, which takes the scope `switch` too, also makes a one-token call, and says what mends a refusal.',
    pathParameters: path,
    body: z.strictObject({ probe: z.boolean().default(false) }).prefault({}),
    answer: z.object({
      valid: z.boolean(),
      exists: z.boolean(),
      available: z.boolean(),
      lifecycle: z.string().nullable(),
      capabilities: z.record(z.string(), z.unknown()).nullable(),
      problems: z.array(z.string()),
      probe: probeShown.nullable(),
    }),
    handle: async ({ path: { id }, body, principal }) => {
      if (body.probe) authorize(principal, 'models.probe')
      const validation = await validateModel(id, {
        ...itemContext(house),
        facts: house.providers?.() ?? [],
        probe: body.probe ? house.probe : null,
      })
      return {
        data: { ...validation, capabilities: validation.capabilities && { ...validation.capabilities } },
      }
    },
  }),
]

async function requireRow(house: ControlHouse, id: string): Promise<CatalogueRow> {
  const row = await findModel(house.database, id)
  if (row !== null) return row
  throw unknownName('model_not_found', 'Model', id, house.publishing.holder.required().compiled.models.keys())
}

async function requireFreshModel(database: Queryable, id: string, ifMatch: number | null): Promise<void> {
  if (ifMatch !== null)
    requireFresh(ifMatch, (await findModel(database, id))?.revision ?? 0, `The model ${id}`)
}

async function answerOf(
  house: ControlHouse,
  row: CatalogueRow,
): Promise<Answer<Frozen<z.input<typeof detail>>>> {
  const { model, revision } = row
  const prices = await currentPrices(house.database, { nowMs: house.clock.nowMs(), modelId: model.id })
  const region = callingRegion(model, house.homeRegion)
  return { data: { ...modelItem(row, itemContext(house)), model, region, prices, revision }, revision }
}

async function changedAnswer(
  house: ControlHouse,
  row: CatalogueRow,
  { pending, unheard }: Behind,
): Promise<Answer<Frozen<z.input<typeof changed>>>> {
  const { data, ...rest } = await answerOf(house, row)
  return { ...rest, data: { ...data, pending, unheard } }
}
