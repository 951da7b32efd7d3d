import { PointsmanError, type Principal, type RequestFacts } from '@pointsman/contract'
import type { Ports } from '@pointsman/engine'

/** Refuses early where the journal could not hold the outcome, then takes the key's limits and appends the intent. */
export function reserve(facts: RequestFacts, principal: Principal, ports: Ports): void {
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
  ports.limits.reserve(principal, ports.clock.nowMs())
  ports.records.intent({ schema: 'v1', ...facts })
}
