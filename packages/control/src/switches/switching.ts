import {
  PointsmanError,
  type Needs,
  type Objective,
  type Principal,
  type SwitchApproval,
  type SwitchId,
} from '@pointsman/contract'
import { fallbackTarget, rank, type CompiledRoute, type CompiledSnapshot } from '@pointsman/core'
import { findSwitch, listSwitches, type Queryable, type SwitchRow } from '@pointsman/registry'
import { unknownName } from '../catalogue/unknown-names.ts'
import { actorOf } from './actor.ts'
import { restored } from './narrower-pins.ts'
import type { Choice, Previous, SwitchOrder } from './order.ts'
import type { SwitchOutcome } from './outcome.ts'
import { performSwitch, providersOf, type SwitchParts } from './perform.ts'
import { presentOf } from './present.ts'
import { isPinned, scopeOf, scopeText, useCaseOf, type ScopeInput } from './scope.ts'
import { readHealth, readNeeds, readTraffic } from './traffic.ts'

export interface SwitchOptions {
  readonly reason?: string | null | undefined
  readonly approval?: SwitchApproval | null | undefined
  readonly applyTo?: 'new' | 'all' | undefined
  readonly dryRun?: boolean | undefined
  /** The revision of the scope's route that the caller read. */
  readonly ifMatch?: number | null | undefined
  readonly guard?: SwitchOrder['guard']
}
export interface ManualSwitch extends SwitchOptions {
  readonly scope: ScopeInput
  readonly modelId: string
}
export interface AutoSwitchRequest extends SwitchOptions {
  readonly scope: ScopeInput
  readonly objective?: Objective | undefined
  readonly exclude?: readonly string[] | undefined
}
export interface FallbackSwitch extends SwitchOptions {
  readonly scope: ScopeInput
}

/** Everything that moves a target, for every face alike. All throw PointsmanError; refusals are recorded. */
export interface Switching {
  switchTo(principal: Principal, request: ManualSwitch): Promise<SwitchOutcome>
  /** To the best of the use case's candidates by its objective; `switched: false` where that one serves already. */
  autoSwitch(principal: Principal, request: AutoSwitchRequest): Promise<SwitchOutcome>
  /** To the first usable fallback of the model that serves. */
  fallbackSwitch(principal: Principal, request: FallbackSwitch): Promise<SwitchOutcome>
  /** The default's target; a disabled model is enabled by it. */
  setDefault(principal: Principal, request: Omit<ManualSwitch, 'scope'>): Promise<SwitchOutcome>
  /** To nothing of its own: a use case or an agent gets what the default has. */
  inherit(principal: Principal, request: FallbackSwitch): Promise<SwitchOutcome>
  /** A new switch that restores what an earlier one found. */
  revert(principal: Principal, id: SwitchId, options: SwitchOptions): Promise<SwitchOutcome>
}

export function createSwitching(parts: SwitchParts): Switching {
  const compiled = (): CompiledSnapshot => parts.publishing.holder.required().compiled
  return {
    switchTo: (principal, request) =>
      performSwitch(parts, principal, {
        ...manual(request, request.modelId),
        scope: scopeOf(request.scope, compiled(), principal),
      }),
    setDefault: (principal, request) =>
      performSwitch(parts, principal, {
        ...manual(request, request.modelId),
        scope: { kind: 'global' },
        enableTarget: true,
      }),
    autoSwitch: (principal, request) => autoSwitch(parts, principal, request),
    fallbackSwitch: (principal, request) => fallbackSwitch(parts, principal, request),
    inherit: (principal, request) =>
      performSwitch(parts, principal, {
        ...settled(request),
        action: 'manual_switch',
        type: 'manual',
        scope: scopeOf(request.scope, compiled(), principal),
        asked: null,
        choose: (_snapshot, { inherited }) => ({ modelId: inherited, evidence: {}, inherit: true }),
        unchangedWhen: 'own',
      }),
    revert: (principal, id, options) => revert(parts, principal, id, options),
  }
}

const settled = (options: SwitchOptions) => ({
  reason: options.reason ?? null,
  approval: options.approval ?? null,
  applyTo: options.applyTo ?? 'new',
  dryRun: options.dryRun ?? false,
  ifMatch: options.ifMatch ?? null,
  ...(options.guard === undefined ? {} : { guard: options.guard }),
})

const manual = (options: SwitchOptions, modelId: string): Omit<SwitchOrder, 'scope'> => ({
  ...settled(options),
  action: 'manual_switch',
  type: 'manual',
  asked: modelId,
  choose: () => ({ modelId, evidence: {} }),
  unchangedWhen: 'own',
})

async function autoSwitch(
  parts: SwitchParts,
  principal: Principal,
  request: AutoSwitchRequest,
): Promise<SwitchOutcome> {
  const { compiled } = parts.publishing.holder.required()
  const stranger = request.exclude?.find((id) => !compiled.models.has(id))
  if (stranger !== undefined) {
    const { code, message, details } = unknownName(
      'model_not_found',
      'Model',
      stranger,
      compiled.models.keys(),
    )
    throw new PointsmanError(code, message, { ...details, field: 'exclude' })
  }
  const scope = scopeOf(request.scope, compiled, principal)
  const named = scope.kind === 'user' ? useCaseOf(request.scope, compiled) : null
  if (scope.kind === 'global') {
    throw new PointsmanError(
      'invalid_request',
      '"useCase" is missing: name the use case whose best model shall serve.',
      { field: 'useCase' },
    )
  }
  const present = await presentOf(parts.database, compiled, scope, principal)
  const nowMs = parts.clock.nowMs()
  const traffic = await readTraffic(parts.database, compiled, present, nowMs)
  const health = await readHealth(parts.database, nowMs)
  // A user's target holds on every route: whose best model it shall be, the use case says that is named.
  const needs = named === null ? traffic.needs : await readNeeds(parts.database, [named.key], nowMs)
  const { autoSwitch: rule, key } = named ?? present.route
  const order: SwitchOrder = {
    ...settled(request),
    action: 'auto_switch',
    type: 'auto',
    scope,
    asked: null,
    traffic,
    unchangedWhen: 'served',
    choose: (snapshot, now) => {
      const route = snapshot.routes.get(named?.key ?? '') ?? now.route
      if (route.autoSwitch === 'off') {
        throw new PointsmanError(
          'refused',
          `Automatic switching is off for ${route.key}. Switch by hand, or set its autoSwitch to "on".`,
        )
      }
      return best(snapshot, route, {
        request,
        needs,
        health,
        nowMs: parts.clock.nowMs(),
        homeRegion: parts.homeRegion,
        providers: providersOf(parts),
      })
    },
    ...(rule === 'propose' ? { proposeOnly: key } : {}),
  }
  return performSwitch(parts, principal, order)
}

interface Ranking {
  readonly request: AutoSwitchRequest
  readonly needs: Needs | null
  readonly health: Awaited<ReturnType<typeof readHealth>>
  readonly nowMs: number
  readonly homeRegion: string
  readonly providers: ReturnType<typeof providersOf>
}

function best(snapshot: CompiledSnapshot, route: CompiledRoute, ranking: Ranking): Choice {
  const { health, request, needs, nowMs, homeRegion, providers } = ranking
  const objective = request.objective ?? route.objective
  const ranked = rank(snapshot, {
    route,
    objective,
    health,
    excluded: request.exclude ?? [],
    nowMs,
    homeRegion,
    needs,
    providers,
  })
  const first = ranked.find(({ passed }) => passed)
  if (first === undefined) {
    const left = ranked.map(({ model, reasons }) => `${model}: ${reasons.join(', ')}`).join('; ')
    throw new PointsmanError(
      'no_candidate',
      `No candidate of ${route.key} can be chosen (${left}). Enable one of them, or add another to its list.`,
      { data: { ranking: ranked } },
    )
  }
  return { modelId: first.model, evidence: { objective, ranking: ranked }, ranking: ranked }
}

async function fallbackSwitch(
  parts: SwitchParts,
  principal: Principal,
  request: FallbackSwitch,
): Promise<SwitchOutcome> {
  const { compiled } = parts.publishing.holder.required()
  const scope = scopeOf(request.scope, compiled, principal)
  const present = await presentOf(parts.database, compiled, scope, principal)
  const nowMs = parts.clock.nowMs()
  const traffic = await readTraffic(parts.database, compiled, present, nowMs)
  // As for an automatic switch: a user's target holds on every route, and the use case says whose fallbacks are meant.
  const named = scope.kind === 'user' ? useCaseOf(request.scope, compiled) : null
  const setting = {
    needs: named === null ? traffic.needs : await readNeeds(parts.database, [named.key], nowMs),
    nowMs,
    homeRegion: parts.homeRegion,
    providers: providersOf(parts),
  }
  return performSwitch(parts, principal, {
    ...settled(request),
    action: 'fallback_switch',
    type: 'auto',
    scope,
    asked: null,
    traffic,
    unchangedWhen: 'own',
    choose: (snapshot, now) => {
      const route = snapshot.routes.get(named?.key ?? '') ?? now.route
      const from = (named === null ? now.served?.id : now.own) ?? route.target
      const { model, excluded } = fallbackTarget(snapshot, { ...setting, route, from })
      if (model !== null) return { modelId: model, evidence: { excluded } }
      const left = excluded.map(({ modelId, reason }) => `${modelId}: ${reason}`).join('; ')
      throw new PointsmanError(
        'no_candidate',
        `${from} has no usable fallback on ${route.key}${left === '' ? '' : ` (${left})`}. Add one to its list, or switch by hand.`,
        { data: { excluded } },
      )
    },
  })
}

async function revert(
  parts: SwitchParts,
  principal: Principal,
  id: SwitchId,
  options: SwitchOptions,
): Promise<SwitchOutcome> {
  const row = await findSwitch(parts.database, id)
  if (row === null || isForeign(row, principal)) {
    throw new PointsmanError('not_found', `There is no switch ${id}. GET /api/v1/switches lists them.`)
  }
  const { record } = row
  const previous = previousOf(row)
  const later = await laterSwitch(parts.database, row)
  const movedAll = record.evidence['applyTo'] === 'all'
  return performSwitch(parts, principal, {
    // Records from before say so of a conversation or a user, too.
    ...settled({ ...options, applyTo: movedAll && !isPinned(record.scope) ? 'all' : 'new' }),
    action: 'manual_switch',
    type: 'manual',
    scope: record.scope,
    asked: previous.own,
    unchangedWhen: 'own',
    reverts: id,
    warnings: later === null ? [] : [undoesLater(row, later)],
    choose: (snapshot, present) => {
      const by = { revertOf: id, by: actorOf(principal) }
      const { scope } = present
      const isWhole = scope.kind === 'conversation' && scope.useCase === null
      const context = { nowMs: parts.clock.nowMs(), homeRegion: parts.homeRegion }
      const beside: Pick<Choice, 'narrower' | 'warnings'> = isWhole
        ? restored(snapshot, previous.narrower ?? [], { scope, principal, context })
        : {}
      const strategyReturns = present.route.strategy !== 'priority' && previous.switchId === null
      if (previous.own !== null) {
        return {
          ...{ modelId: previous.own, evidence: by, ...beside },
          ...(strategyReturns ? { strategyReturns } : {}),
        }
      }
      const narrow = beside.narrower?.find(({ useCase }) => useCase === present.route.name)
      return { modelId: narrow?.modelId ?? present.inherited, evidence: by, inherit: true, ...beside }
    },
  })
}

/** Most reverts are of one of the last few, and a route's history is long. */
const lookedAtFirst = 20
/** Further back a revert is not looked at: it is told of less, and does the same. */
const maxLaterSwitches = 1_000

/**
 * The switch of the same scope that is in force in place of this one; null where this one is in force. A revert and
 * what it took back count as never made.
 */
async function laterSwitch(database: Queryable, { record }: SwitchRow): Promise<SwitchRow | null> {
  for (const limit of [lookedAtFirst, maxLaterSwitches]) {
    const { data } = await listSwitches(database, { scope: record.scope, limit, cursor: null })
    const found = laterAmong(data, record, limit === maxLaterSwitches)
    if (found !== undefined) return found
  }
  return null
}

/** Undefined where these rows, newest first, do not tell. */
function laterAmong(
  data: readonly SwitchRow[],
  record: SwitchRow['record'],
  areLast: boolean,
): SwitchRow | null | undefined {
  let before = Infinity
  for (const row of data) {
    const { sequence, reverts, evidence, id } = row.record
    if (sequence >= before || evidence['episode'] !== undefined) continue
    if (id === record.id) return null
    if (reverts === null) return row
    const undone = data.find((other) => other.record.id === reverts)
    if (undone === undefined && !areLast) return undefined
    before = undone?.record.sequence ?? before
  }
  return undefined
}

const undoesLater = ({ record }: SwitchRow, later: SwitchRow): string =>
  `A later switch of ${scopeText(record.scope)}, ${later.record.id} (to ${later.record.toName ?? later.record.to}), is undone with it: what is restored is what served before ${record.id}.`

/** Another workspace's switch is not told of. */
export const isForeign = ({ record: { scope } }: SwitchRow, principal: Principal): boolean =>
  'workspace' in scope && scope.workspace !== principal.workspace

/** What the switch found, as its record says; an SQL edit's record knows the model only. */
function previousOf({ record, state }: SwitchRow): Previous {
  if (record.refusal !== null) {
    throw new PointsmanError(
      'refused',
      `The switch ${record.id} was refused and changed nothing: there is nothing to take back.`,
    )
  }
  if (record.evidence['episode'] !== undefined) {
    throw new PointsmanError(
      'refused',
      `${record.id} is a fallback that the data plane took by itself. It changed nothing: there is nothing to take back.`,
    )
  }
  if (state === 'reverted') {
    throw new PointsmanError('refused', `The switch ${record.id} was taken back already.`)
  }
  const previous = record.evidence['previous'] as Partial<Previous> | undefined
  if (previous?.own !== undefined) return { switchId: null, ...previous, own: previous.own }
  if (record.from !== null) return { own: record.from, switchId: record.id }
  throw new PointsmanError(
    'refused',
    `The record of the switch ${record.id} does not say what served before it. Switch by hand.`,
  )
}
