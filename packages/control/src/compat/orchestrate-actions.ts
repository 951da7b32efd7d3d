import { rank } from '@pointsman/core'
import { listModels } from '@pointsman/registry'
import { z } from 'zod'
import { endOfLifeLast, modelItem } from '../catalogue/model-item.ts'
import { itemContext } from '../catalogue/item-context.ts'
import {
  conversationIdSchema,
  modelIdSchema,
  objectiveSchema,
  routeNameSchema,
  userIdSchema,
} from '../catalogue/schemas.ts'
import { validateModel } from '../catalogue/validate-model.ts'
import type { ControlHouse } from '../house.ts'
import { authorize } from '../keys/authenticate.ts'
import { tellNotice } from '../notices/tell-notice.ts'
import { reloadReplicas } from '../publishing/reload-replicas.ts'
import type { SwitchOutcome } from '../switches/outcome.ts'
import { useCaseOf } from '../switches/scope.ts'
import { readHealth, readTraffic } from '../switches/traffic.ts'
import { action, type ActionAnswer, type Actions } from './action.ts'
import { compatItem } from './compat-item.ts'

const scopeFields = {
  conversationId: conversationIdSchema.nullish(),
  userId: userIdSchema.nullish(),
  agent: routeNameSchema.nullish(),
  useCase: routeNameSchema.nullish(),
  role: routeNameSchema.nullish(),
  assistantType: routeNameSchema.nullish(),
}
const switchFields = {
  ...scopeFields,
  reason: z.string().max(2_000).nullish(),
  showNotification: z.boolean().default(true),
  applyTo: z.enum(['new', 'all']).default('new'),
  dryRun: z.boolean().default(false),
}

/** `/functions/v1/orchestrate-bedrock-models` */
export const orchestrateActions = (house: ControlHouse): Actions => ({
  'list-all': action(
    'models.list',
    z.strictObject({ includeDisabled: z.boolean().default(false) }),
    async (body) => {
      const context = itemContext(house)
      const rows = await listModels(house.database, { enabledOnly: !body.includeDisabled })
      const models = endOfLifeLast(rows.map((row) => modelItem(row, context))).map(compatItem)
      return { data: { total: models.length, models } }
    },
  ),
  'get-for-use-case': action('models.list', z.strictObject({ useCase: routeNameSchema }), (body) =>
    rankedForUseCase(house, body.useCase),
  ),
  validate: validateAction(house),
  switch: action(
    'switches.create',
    z.strictObject({ modelId: modelIdSchema, ...switchFields }),
    async (body, principal) => {
      const { modelId, showNotification, reason, applyTo, dryRun, ...scope } = body
      const done = await house.switching.switchTo(principal, { modelId, scope, reason, applyTo, dryRun })
      return switched(house, done, showNotification)
    },
  ),
  'auto-switch': action(
    'switches.create',
    z.strictObject({
      ...switchFields,
      objective: objectiveSchema.optional(),
      exclude: z.array(modelIdSchema).max(1_000).optional(),
    }),
    async (body, principal) => {
      const { showNotification, reason, applyTo, dryRun, objective, exclude, ...scope } = body
      const request = { scope, reason, applyTo, dryRun, objective, exclude }
      return switched(house, await house.switching.autoSwitch(principal, request), showNotification)
    },
  ),
  'fallback-switch': action('switches.create', z.strictObject(switchFields), async (body, principal) => {
    const { showNotification, reason, applyTo, dryRun, ...scope } = body
    const done = await house.switching.fallbackSwitch(principal, { scope, reason, applyTo, dryRun })
    return switched(house, done, showNotification)
  }),
  'clear-cache': action('cache.clear', z.strictObject({}), async (_body, principal) => ({
    data: { ...(await reloadReplicas(house, principal)) },
  })),
})

export const validateAction = (house: ControlHouse) =>
  action(
    'models.validate',
    z.strictObject({ modelId: modelIdSchema, probe: z.boolean().default(false) }),
    async ({ modelId, probe }, principal) => {
      if (probe) authorize(principal, 'models.probe')
      const validation = await validateModel(modelId, {
        ...itemContext(house),
        facts: house.providers?.() ?? [],
        probe: probe ? house.probe : null,
      })
      const { probe: probed, ...rest } = validation
      return { data: { modelId, model_id: modelId, ...rest, ...(probed === null ? {} : { probe: probed }) } }
    },
  )

/** The seeds' shape of a switch's answer; `from` and `to` are display names. */
export async function switched(
  house: ControlHouse,
  done: SwitchOutcome,
  showNotification: boolean,
): Promise<ActionAnswer> {
  const { notification: _notice, ranking, ...data } = done
  const notification = showNotification ? await tellNotice(house, done) : null
  return { data: { ...data, ...(ranking === null ? {} : { ranking }) }, notification }
}

/** The use case's models, ranked by its own objective, each with why. */
async function rankedForUseCase(house: ControlHouse, name: string): Promise<ActionAnswer> {
  const context = itemContext(house)
  const route = useCaseOf({ useCase: name }, context.snapshot)
  if (route === null) return { data: { useCase: name, use_case: name, total: 0, models: [] } }
  const scope = { kind: 'use-case', name: route.name } as const
  const traffic = await readTraffic(house.database, context.snapshot, { scope, route }, context.nowMs)
  const health = await readHealth(house.database, context.nowMs)
  const ranking = rank(context.snapshot, {
    ...{ route, objective: route.objective, health, needs: traffic.needs, excluded: [] },
    nowMs: context.nowMs,
    homeRegion: context.homeRegion,
    providers: context.providers,
  })
  const rows = new Map((await listModels(house.database)).map((row) => [row.model.id, row]))
  const models = ranking.flatMap(({ model, score, passed, reasons }) => {
    const row = rows.get(model)
    if (row === undefined) return []
    const serves = model === route.target
    return [
      { ...compatItem(modelItem(row, context)), score, passed, serves, why: reasons.join('; '), reasons },
    ]
  })
  return {
    data: {
      useCase: route.name,
      use_case: route.name,
      objective: route.objective,
      total: models.length,
      models,
    },
  }
}
