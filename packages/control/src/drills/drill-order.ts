import {
  PointsmanError,
  type DrillAim,
  type DrillFault,
  type DrillStatus,
  type ModelId,
  type ProviderId,
} from '@pointsman/contract'
import type { CompiledRoute, CompiledSnapshot } from '@pointsman/core'
import { inField, requireModel, unknownName } from '../catalogue/unknown-names.ts'

type StatusName = `${DrillStatus}`
/** A status stands for itself; what else a drill does has a word. */
export type DrillFaultName = StatusName | Exclude<DrillFault['kind'], 'status'>

const statuses: { readonly [Name in StatusName]: DrillStatus } = {
  '429': 429,
  '500': 500,
  '502': 502,
  '503': 503,
  '504': 504,
  '529': 529,
}

export const drillFaults = [
  '429',
  '500',
  '502',
  '503',
  '504',
  '529',
  'stall',
  'cut',
  'latency',
] as const satisfies readonly DrillFaultName[]

export const faultName = (fault: DrillFault): DrillFaultName =>
  fault.kind === 'status' ? `${fault.status}` : fault.kind

/** A drill as it is asked for. */
export interface DrillOrder {
  /** As callers name it: `use-case/clinical`, `role/patient`, `default`. */
  readonly route: string
  readonly fault: DrillFaultName
  readonly retryAfterSeconds?: number | null | undefined
  readonly afterParts?: number | null | undefined
  readonly latencyMs?: number | null | undefined
  readonly percent: number
  readonly durationSeconds: number
  readonly model?: ModelId | null | undefined
  readonly provider?: ProviderId | null | undefined
  readonly everyModel?: boolean | undefined
  readonly stopAbovePercent?: number | null | undefined
  readonly reason: string
}

const invalid = (field: string, problem: string): PointsmanError =>
  new PointsmanError('invalid_request', `"${field}" ${problem}`, { field })

/** Throws PointsmanError `invalid_request` for a detail that the fault has no use for: it would be left out in silence. */
export function faultOf({ fault, ...details }: DrillOrder): DrillFault {
  const refuse = (field: 'retryAfterSeconds' | 'afterParts' | 'latencyMs', of: string): void => {
    if (details[field] != null) throw invalid(field, `belongs to ${of}, not to "${fault}". Leave it out.`)
  }
  if (fault !== '429' && fault !== '503') refuse('retryAfterSeconds', '"429" and "503"')
  if (fault !== 'stall' && fault !== 'cut') refuse('afterParts', '"stall" and "cut"')
  if (fault !== 'latency') refuse('latencyMs', '"latency"')
  switch (fault) {
    case 'stall':
      return { kind: 'stall', afterParts: details.afterParts ?? 0 }
    case 'cut':
      return { kind: 'cut', afterParts: details.afterParts ?? 1 }
    case 'latency':
      if (details.latencyMs == null) throw invalid('latencyMs', 'is missing: how much later calls are made.')
      return { kind: 'latency', delayMs: details.latencyMs }
    default:
      return { kind: 'status', status: statuses[fault], retryAfterS: details.retryAfterSeconds ?? null }
  }
}

/** The target's, unless more or others are named. Throws PointsmanError `model_not_found`, `invalid_request`. */
export function aimOf(
  { everyModel = false, model, provider }: DrillOrder,
  names: CompiledSnapshot,
): DrillAim {
  const given = [everyModel, model != null, provider != null].filter((isGiven) => isGiven)
  if (given.length > 1) {
    throw invalid(
      everyModel ? 'everyModel' : 'provider',
      'says whom the drill hits, and so does another field. Send one of "everyModel", "model", "provider".',
    )
  }
  if (everyModel) return { kind: 'all' }
  if (model != null) {
    try {
      return { kind: 'model', modelId: requireModel(names, model).id }
    } catch (error) {
      throw error instanceof PointsmanError ? inField(error, 'model') : error
    }
  }
  if (provider == null) return { kind: 'target' }
  const known = new Set([...names.models.values()].map((entry) => entry.provider))
  if (!known.has(provider)) {
    throw inField(unknownName('not_found', 'Provider', provider, known), 'provider')
  }
  return { kind: 'provider', provider }
}

/** The route that a name stands for, aliases and roles included. Throws PointsmanError `route_not_found`, `invalid_request`. */
export function drilledRoute(names: CompiledSnapshot, written: string): CompiledRoute {
  const named = names.names.get(written)
  if (named?.kind === 'route') return named.route
  if (named?.kind === 'model') {
    throw invalid(
      'route',
      `names the model ${named.model.id}, and a drill is of a route: use-case/NAME, agent/NAME, role/NAME or default. Send the model in "model" beside it.`,
    )
  }
  const routes = [...names.names].flatMap(([name, { kind }]) => (kind === 'route' ? [name] : []))
  throw inField(unknownName('route_not_found', 'Route', written, routes), 'route')
}
