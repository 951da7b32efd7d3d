import { listModels } from '@pointsman/registry'
import { z } from 'zod'
import { setAvailability } from '../catalogue/model-availability.ts'
import { endOfLifeLast, modelItem } from '../catalogue/model-item.ts'
import { itemContext } from '../catalogue/item-context.ts'
import { modelIdSchema } from '../catalogue/schemas.ts'
import type { ControlHouse } from '../house.ts'
import { tellNotice } from '../notices/tell-notice.ts'
import { action, type Actions } from './action.ts'
import { compatItem } from './compat-item.ts'
import { validateAction } from './orchestrate-actions.ts'

const named = z.strictObject({ modelId: modelIdSchema, reason: z.string().max(2_000).nullish() })

/** Scripts send `model_id` with every action: those about all models or about none take it, and need it not. */
const unneeded = { modelId: modelIdSchema.nullish() }

/** `/functions/v1/manage-bedrock-models` */
export const manageActions = (house: ControlHouse): Actions => ({
  list: action(
    'models.list',
    z.strictObject({ ...unneeded, includeDisabled: z.boolean().default(true) }),
    async (body) => {
      const context = itemContext(house)
      const rows = await listModels(house.database, { enabledOnly: !body.includeDisabled })
      const models = endOfLifeLast(rows.map((row) => modelItem(row, context))).map(compatItem)
      return { data: { total: models.length, models } }
    },
  ),
  default: action('models.list', z.strictObject(unneeded), () => {
    const { snapshot } = itemContext(house)
    const { target } = snapshot.defaultRoute
    return Promise.resolve({
      data: { model_id: target, model_name: snapshot.models.get(target)?.name ?? target },
    })
  }),
  'set-default': action(
    'models.change',
    named.extend({ showNotification: z.boolean().default(true) }),
    async ({ modelId, reason, showNotification }, principal) => {
      const done = await house.switching.setDefault(principal, { modelId, reason })
      const { switched, switchId, fromId, to, toId, revision, masks, warnings, pending, unheard } = done
      return {
        data: {
          ...{ model_id: toId, model_name: to, previous: fromId, is_default: true },
          ...{ switched, switchId, revision, masks, warnings, pending, unheard },
        },
        notification: showNotification ? await tellNotice(house, done) : null,
      }
    },
  ),
  enable: availability(house, true),
  disable: availability(house, false),
  validate: validateAction(house),
})

const availability = (house: ControlHouse, enabled: boolean) =>
  action('models.change', named, async ({ modelId, reason = null }, principal) => {
    const change = { modelId, enabled, reason, ifMatch: null }
    const done = await setAvailability(house, principal, change)
    const { modelId: id, moves, changed, revision, pending, unheard } = done
    return { data: { model_id: id, is_available: enabled, changed, moves, revision, pending, unheard } }
  })
