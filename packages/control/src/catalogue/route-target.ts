import { PointsmanError, toPointsmanError, type ModelId, type Principal } from '@pointsman/contract'
import type { CompiledModel, CompiledSnapshot } from '@pointsman/core'
import { findRoute } from '@pointsman/registry'
import type { ControlHouse } from '../house.ts'
import type { SwitchOutcome } from '../switches/outcome.ts'
import { unknownName } from './unknown-names.ts'
import { takeBackRoute, writeRoute, type RouteWrite, type WrittenRoute } from './write-routes.ts'

/** What a route shall be served by, in our words or in those of agent registries (seed 003). */
export interface TargetWish {
  /** Null = it inherits the default's. */
  readonly target?: ModelId | null | undefined
  readonly llm_provider?: string | undefined
  readonly llm_model?: string | undefined
}

/** The model that is wished for; null = to inherit, undefined = nothing is wished. */
export function wishedTarget(snapshot: CompiledSnapshot, wish: TargetWish): ModelId | null | undefined {
  const { llm_model: name, llm_provider: provider, target } = wish
  if (name === undefined) {
    if (provider !== undefined) {
      throw new PointsmanError(
        'invalid_request',
        '"llm_model" is missing: name the model of that provider.',
        {
          field: 'llm_model',
        },
      )
    }
    if (target != null && !snapshot.models.has(target)) throw unknownTarget(snapshot, 'target', target)
    return target
  }
  const { id } = modelOf(snapshot, provider, name)
  if (target !== undefined && target !== id) {
    throw new PointsmanError(
      'invalid_request',
      '"target" and "llm_model" name different models. Send one of them.',
      { field: 'llm_model' },
    )
  }
  return id
}

const unknownTarget = (snapshot: CompiledSnapshot, field: string, name: string): PointsmanError => {
  const { message, details } = unknownName('model_not_found', 'Model', name, snapshot.models.keys())
  return new PointsmanError('model_not_found', message, { ...details, field })
}

/** An id that two providers serve stands in the catalogue as `provider/id`. */
function modelOf(snapshot: CompiledSnapshot, provider: string | undefined, name: string): CompiledModel {
  const alias = snapshot.aliases.get(name)
  const found =
    (provider === undefined ? undefined : snapshot.models.get(`${provider}/${name}`)) ??
    snapshot.models.get(name) ??
    (alias === undefined ? undefined : snapshot.models.get(alias))
  if (found === undefined) throw unknownTarget(snapshot, 'llm_model', name)
  if (provider === undefined || found.provider === provider) return found
  const { id, provider: served } = found
  throw new PointsmanError(
    'invalid_request',
    `"llm_provider" is ${provider.slice(0, 100)}, but ${id} is served by ${served}. Name a model of that provider, or leave "llm_provider" out.`,
    { field: 'llm_provider' },
  )
}

export interface RouteOrder extends RouteWrite {
  /** As `wishedTarget` answers it. */
  readonly target: ModelId | null | undefined
  /** The field in which it was wished for, for errors. */
  readonly targetField: 'target' | 'llm_model'
  readonly reason: string | null
}

/**
 * Adds or changes a route, its target too. The target is moved by a switch like any other, so it is checked under the new
 * rules, recorded and told; where it is refused the rules are taken back. Throws what either throws.
 */
export async function orderRoute(
  house: ControlHouse,
  principal: Principal,
  order: RouteOrder,
): Promise<WrittenRoute> {
  const { kind, name, reason, target } = order
  const written = await writeRoute(house, principal, order)
  if (target === undefined || written.row.route.target === target) return written
  const scope = kind === 'agent' ? { agent: name } : { useCase: name }
  let moved: SwitchOutcome
  try {
    moved =
      target === null
        ? await house.switching.inherit(principal, { scope, reason })
        : await house.switching.switchTo(principal, { scope, modelId: target, reason })
  } catch (thrown) {
    const failure = await takeBackRoute(house, principal, order, written).then(
      () => null,
      (left: unknown) => {
        house.log('error', 'route_not_taken_back', { route: `${kind}/${name}`, error: left })
        return toPointsmanError(left).message
      },
    )
    throw asTold(toPointsmanError(thrown), order.targetField, failure)
  }
  const { switched, pending, unheard } = moved
  const row = await findRoute(house.database, { kind, name })
  // Whoever serves the switch serves the rules of before it, too.
  return { ...written, row: row ?? written.row, ...(switched ? { behind: { pending, unheard } } : {}) }
}

/** A switch calls its model `modelId`. Why the rules could not be taken back is told beside, and not in its stead. */
function asTold(
  { code, details, message }: PointsmanError,
  field: RouteOrder['targetField'],
  failure: string | null,
): PointsmanError {
  const left = failure === null ? '' : ` Its other rules were written and stay: ${failure}`
  return new PointsmanError(code, message + left, {
    ...details,
    ...(details.field === 'modelId' ? { field } : {}),
  })
}
