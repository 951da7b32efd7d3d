import {
  PointsmanError,
  type ModelId,
  type Notification,
  type Plan,
  type Principal,
} from '@pointsman/contract'
import {
  noticeOfReturn,
  switchAtFirstMessage,
  type Arrival,
  type Conditions,
  type FirstSwitch,
  type Resolution,
} from '@pointsman/core'
import type { Pins } from '@pointsman/engine'
import { latestOf, type LastModel } from '../last-models.ts'
import type { DecideInput, DecideParts } from './decide-input.ts'

/** To a signed-in user somebody else's conversation does not exist. */
export const notOwn = (conversation: string): PointsmanError =>
  new PointsmanError('not_found', `There is no conversation ${conversation} of yours.`, {
    field: 'conversationId',
  })

/** A signed-in user never goes on with somebody else's conversation. */
export function requireOwn(principal: Principal, conversation: string, { known }: Pins): void {
  if (principal.userId === null || known === null || known.userId === principal.userId) return
  throw notOwn(conversation)
}

/** A conversation under a route that pins it. */
interface Pinnable {
  readonly input: DecideInput
  readonly pins: Pins
  readonly conditions: Conditions
  readonly resolution: Resolution
}

const lastOf = ({ caller, principal }: DecideInput, { lastModels }: DecideParts): LastModel | null =>
  caller.conversation === null ? null : (lastModels?.last(principal.workspace, caller.conversation) ?? null)

function arrivalOf(
  { input, pins, conditions, resolution }: Pinnable,
  last: LastModel | null,
): Arrival | null {
  if (resolution.kind !== 'route' || resolution.route.kind !== 'use-case') return null
  const { snapshot } = input
  const { route } = resolution
  const before = [latestOf(pins.known, last), pins.known].find(
    (one) => one !== null && one.useCase !== route.name,
  )
  return { snapshot, route, conditions, from: before?.modelId ?? snapshot.defaultRoute.target }
}

/**
 * What the first message in a use case switches; null where the conversation has its model already, its user has one of
 * their own, or the face does not switch by itself. `plan` is what serves without it.
 */
export function firstSwitch(pinnable: Pinnable, plan: Plan, parts: DecideParts): FirstSwitch | null {
  const { conditions, input, pins } = pinnable
  if (!input.autoSwitches || plan.claim === null || pins.user !== null) return null
  const arrival = arrivalOf(pinnable, lastOf(input, parts))
  if (arrival === null) return null
  return switchAtFirstMessage({
    ...arrival,
    requestId: input.requestId,
    needs: input.parsed.scanned.needs,
    given: plan.target,
    health: parts.engine.averages.health(conditions.nowMs),
    told: input.caller.tellSwitch ?? true,
  })
}

/** The notice of a conversation that is back in a use case where it has another model; null = it has none, or is not told. */
export function returnNotice(pinnable: Pinnable, to: ModelId, parts: DecideParts): Notification | null {
  const { caller, autoSwitches } = pinnable.input
  const last = lastOf(pinnable.input, parts)
  const arrival = arrivalOf(pinnable, last)
  if (!autoSwitches || caller.conversation === null || arrival === null || caller.tellSwitch === false) {
    return null
  }
  if (last === null || last.useCase === arrival.route.name) return null
  return noticeOfReturn({ ...arrival, from: last.modelId }, to)
}
