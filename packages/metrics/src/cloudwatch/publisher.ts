import { invocationOf } from '../invocation.ts'
import { Delivery } from '../delivery.ts'
import type { MetricsClock, MetricsLog, MetricsOutlet } from '../outlet.ts'
import { Period } from './period.ts'
import { fitting, valuesIn, type CloudWatchCalls } from './put-metric-data.ts'

export interface CloudWatchParts {
  /** See `modelsNamespace`. */
  readonly namespace: string
  /** Ended with the publisher. */
  readonly calls: CloudWatchCalls
  readonly clock: MetricsClock
  /** 0 ≤ chance() < 1. */
  readonly chance: () => number
  readonly log: MetricsLog
  /** How often it publishes by itself; default one minute, CloudWatch's own grain. */
  readonly periodMs?: number
  /** Pairs of agent and model that have a series of their own; default 500. */
  readonly maxPairs?: number
  /** Data that may wait for a service that does not answer; beyond them the oldest are lost. Default 20,000. */
  readonly maxWaiting?: number
  /** Of one call; default 10 s. */
  readonly callTimeoutMs?: number
}

/** What the service would refuse however often it is asked. */
const refusals =
  /^(?:Validation|ValidationError|InvalidParameter|MissingRequiredParameter|InvalidFormat|MalformedQueryString)/

/**
 * Publishes to CloudWatch once a minute, in the background. A call whose answer never came is sent once more, so that a value
 * may be counted twice, never lost. A holder of mutable state. Bound: a period's series and the data that wait.
 */
export function createCloudWatchPublisher(parts: CloudWatchParts): MetricsOutlet {
  const { calls, clock, maxWaiting = 20_000, namespace, periodMs = 60_000 } = parts
  const period = new Period(parts.maxPairs)
  const delivery = new Delivery({
    ...{ outlet: 'cloudwatch', clock, chance: parts.chance, log: parts.log, fitting, sizeOf: valuesIn },
    send: (batch, signal) => calls.put({ Namespace: namespace, MetricData: [...batch] }, signal),
    isRefusal: ({ name }) => refusals.test(name),
    excess: (data) => Math.max(0, data.length - maxWaiting),
    callTimeoutMs: parts.callTimeoutMs ?? 10_000,
  })
  const next = (): (() => void) =>
    clock.after(periodMs, () => {
      delivery.add(period.end(clock.nowMs()))
      cancel = next()
    })
  let cancel = next()
  return {
    take(record) {
      const invocation = invocationOf(record)
      if (invocation !== null) period.add(invocation)
    },
    flush: (withinMs) => delivery.flush(period.end(clock.nowMs()), withinMs),
    lost: () => delivery.lost(),
    close: async (withinMs) => {
      cancel()
      const report = await delivery.close(period.end(clock.nowMs()), withinMs)
      calls.close()
      return report
    },
  }
}
