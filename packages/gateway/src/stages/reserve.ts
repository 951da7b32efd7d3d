import { PointsmanError, type Intent, type Principal } from '@pointsman/contract'
import type { Ports } from '@pointsman/engine'
import { estimateUse, type EstimateInput } from './estimate-use.ts'

export interface ReserveInput extends EstimateInput {
  readonly facts: Intent
  readonly principal: Principal
  readonly nowMs: number
}

/**
 * Refuses early where the journal could not hold the outcome, then takes the key's limits and appends the intent. Waits only
 * where a limit is shared with other processes and a new slice of it is due.
 */
export function reserve(input: ReserveInput, ports: Ports): void | Promise<void> {
  const { facts, principal } = input
  const state = ports.records.state()
  if (state === 'full') {
    throw new PointsmanError(
      'storage_full',
      'The disk of this server is nearly full: new requests are refused so that those under way can be recorded. Free some space; it recovers by itself.',
      {
        retryAfterMs: 10_000,
      },
    )
  }
  if (state === 'failing') {
    throw new PointsmanError(
      'storage_failing',
      'This server cannot write to its disk, so requests could not be recorded. Its log names the cause; it recovers by itself.',
      { retryAfterMs: 5_000 },
    )
  }
  if (state === 'overloaded') {
    throw new PointsmanError(
      'overloaded',
      'More requests are waiting to be recorded than this server can hold. Try again shortly.',
      { retryAfterMs: 1_000 },
    )
  }
  const ask = { requestId: facts.requestId, principal, estimate: () => estimateUse(input) }
  const waiting = ports.limits.reserve(ask, input.nowMs)
  if (waiting === undefined) return ports.records.intent(facts)
  return waiting.then(() => ports.records.intent(facts))
}
