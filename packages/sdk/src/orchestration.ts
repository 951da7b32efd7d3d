import type { Notification } from '@pointsman/contract'
import type { CallOptions, Connection } from './connection.ts'
import type { ModelItem, Validation } from './models.ts'
import type { ClearedCache } from './operations.ts'
import type { Ranked, ScopeNames, SwitchOrder, SwitchOutcome } from './switches.ts'

/** A model as the seeds' endpoints list it: both spellings of each field. */
export interface ListedModel extends ModelItem {
  readonly model_id: string
  readonly model_name: string
  readonly use_case: string | null
  readonly max_tokens: number | null
  readonly input_cost_per_mtok: number | null
  readonly output_cost_per_mtok: number | null
  readonly is_available: boolean
  readonly is_default: boolean
}

/** A candidate of a use case, best first. */
export interface RankedModel extends ListedModel {
  /** 0 … 100. */
  readonly score: number
  /** It can be switched to now. */
  readonly passed: boolean
  readonly serves: boolean
  readonly why: string
  readonly reasons: readonly string[]
}

export interface RuleSwitchOrder extends ScopeNames {
  readonly reason?: string | null | undefined
  readonly applyTo?: 'new' | 'all' | undefined
  readonly showNotification?: boolean | undefined
  readonly dryRun?: boolean | undefined
}

export interface AutoSwitchOrder extends RuleSwitchOrder {
  /** The use case's own unless set. */
  readonly objective?: 'curated' | 'quality' | 'cost' | 'latency' | undefined
  /** Models that shall not be chosen. */
  readonly exclude?: readonly string[] | undefined
}

/** The seed's `data` of a switch: the notice stands beside it, not in it. */
export type SwitchData = Omit<SwitchOutcome, 'notification' | 'ranking'> & {
  readonly ranking?: readonly Ranked[]
}

/** What each action takes beside its name. */
export interface ActionFields {
  readonly 'list-all': { readonly includeDisabled?: boolean | undefined }
  readonly 'get-for-use-case': { readonly useCase: string }
  readonly validate: { readonly modelId: string; readonly probe?: boolean | undefined }
  readonly switch: SwitchOrder & { readonly dryRun?: boolean | undefined }
  readonly 'auto-switch': AutoSwitchOrder
  readonly 'fallback-switch': RuleSwitchOrder
  readonly 'clear-cache': object
}

/** What each action gives in `data`. */
export interface ActionData {
  readonly 'list-all': { readonly total: number; readonly models: readonly ListedModel[] }
  readonly 'get-for-use-case': {
    readonly useCase: string
    readonly objective?: string
    readonly total: number
    readonly models: readonly RankedModel[]
  }
  readonly validate: Omit<Validation, 'probe'> & {
    readonly modelId: string
    readonly probe?: Validation['probe']
  }
  readonly switch: SwitchData
  readonly 'auto-switch': SwitchData
  readonly 'fallback-switch': SwitchData
  readonly 'clear-cache': ClearedCache
}

export type Action = keyof ActionFields
export type Order<Name extends Action = Action> = {
  readonly [Each in Name]: { readonly action: Each } & ActionFields[Each]
}[Name]

/** How the seeds' endpoints answer. A failure rejects with PointsmanApiError instead. */
export interface Envelope<Name extends Action = Action> {
  readonly success: true
  readonly action: Name
  readonly data: ActionData[Name]
  /** Where a switch was made and the order did not say `showNotification: false`. */
  readonly notification?: Notification
}

/** The seeds' endpoint `/functions/v1/orchestrate-bedrock-models`, one method an action that the control API has no place for. */
export interface Orchestration {
  orchestrate<Name extends Action>(order: Order<Name>, options?: CallOptions): Promise<Envelope<Name>>
  /** To the best of a use case's candidates; `switched: false` where that one serves already. */
  autoSwitch(order: AutoSwitchOrder, options?: CallOptions): Promise<SwitchOutcome>
  /** To the first usable fallback of what serves the scope. */
  fallbackSwitch(order?: RuleSwitchOrder, options?: CallOptions): Promise<SwitchOutcome>
  /** The models that can be switched to now for a use case, best first; each has `model_id` and `why`. */
  getModelsForUseCase(useCase: string, options?: CallOptions): Promise<readonly RankedModel[]>
  /** Every enabled model; those past their end of life last and marked. */
  getAvailableModels(options?: CallOptions): Promise<readonly ListedModel[]>
  /** With a use case's name: its auto-switch. With an order: that action. */
  orchestrateModelSwitch(useCase: string, options?: CallOptions): Promise<Envelope<'auto-switch'>>
  orchestrateModelSwitch<Name extends Action>(
    order: Order<Name>,
    options?: CallOptions,
  ): Promise<Envelope<Name>>
}

const path = '/functions/v1/orchestrate-bedrock-models'

export function orchestrationOf(connection: Connection): Orchestration {
  const orchestrate: Orchestration['orchestrate'] = (order, options) =>
    connection.json('POST', path, { ...options, body: order })
  const switching = async (
    order: Order<'auto-switch' | 'fallback-switch'>,
    options?: CallOptions,
  ): Promise<SwitchOutcome> => {
    const { data, notification = null } = await orchestrate(order, options)
    return { ...data, ranking: data.ranking ?? null, notification }
  }
  return {
    orchestrate,
    autoSwitch: (order, options) => switching({ ...order, action: 'auto-switch' }, options),
    fallbackSwitch: (order, options) => switching({ ...order, action: 'fallback-switch' }, options),
    getModelsForUseCase: async (useCase, options) => {
      const { data } = await orchestrate({ action: 'get-for-use-case', useCase }, options)
      return data.models.filter(({ passed }) => passed)
    },
    getAvailableModels: async (options) => {
      const { data } = await orchestrate({ action: 'list-all' }, options)
      return data.models.filter(({ isAvailable }) => isAvailable)
    },
    orchestrateModelSwitch: <Name extends Action>(order: string | Order<Name>, options?: CallOptions) =>
      orchestrate(
        (typeof order === 'string' ? { action: 'auto-switch', useCase: order } : order) as Order<Name>,
        options,
      ),
  }
}
