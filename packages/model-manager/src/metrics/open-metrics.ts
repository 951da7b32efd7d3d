import {
  createCloudWatchPublisher,
  createEmbeddedMetrics,
  modelsNamespace,
  type MetricsOutlet,
} from '@pointsman/metrics'
import { openCloudWatch } from '@pointsman/metrics/cloudwatch-client'
import type { Log } from '@pointsman/engine'
import { valueOf } from '../provider-access.ts'
import type { Platform } from '../platform.ts'

/**
 * Where metrics go. `auto`: in Lambda into the log by the embedded metric format; elsewhere to CloudWatch where
 * `@aws-sdk/client-cloudwatch` is installed and there are AWS credentials, else nowhere.
 */
export type MetricsSetting = 'auto' | 'cloudwatch' | 'emf' | 'none' | MetricsOutlet

export interface OpenMetricsParts {
  readonly setting: MetricsSetting
  readonly projectPrefix: string
  readonly region: string
  readonly platform: Platform
  readonly log: Log
}

const words: readonly string[] = ['auto', 'cloudwatch', 'emf', 'none']

/** `off` for `none` would publish to CloudWatch: callers in JavaScript have no types. */
function requireKnown(setting: string): void {
  if (words.includes(setting)) return
  throw new TypeError(`metrics is "${setting}"; it takes ${words.join(', ')} or an outlet.`)
}

/** Null = nobody is told. Rejects where the setting is none of these, and where CloudWatch was asked for by name and its client is not installed. */
export async function openMetrics(parts: OpenMetricsParts): Promise<MetricsOutlet | null> {
  const { platform, projectPrefix, setting } = parts
  if (typeof setting === 'object') return setting
  requireKnown(setting)
  if (setting === 'none') return null
  const namespace = modelsNamespace(projectPrefix)
  const isLambda = valueOf(platform.environment, 'AWS_LAMBDA_FUNCTION_NAME') !== null
  if (setting === 'emf' || (setting === 'auto' && isLambda)) {
    return createEmbeddedMetrics({
      namespace,
      nowMs: () => platform.clock.nowMs(),
      // oxlint-disable-next-line no-console -- in Lambda a line on standard output is how a metric is published
      write: (line) => console.log(line),
    })
  }
  return openPublisher(parts, namespace)
}

async function openPublisher(parts: OpenMetricsParts, namespace: string): Promise<MetricsOutlet | null> {
  const { log, platform, region, setting } = parts
  try {
    const calls = await openCloudWatch({
      region,
      ...platform.sdkConfig,
      endpoint: valueOf(platform.environment, 'AWS_ENDPOINT_URL_CLOUDWATCH'),
    })
    // Nobody asked for it by name: without credentials each minute would bring another failure.
    if (setting === 'auto') await platform.awsChain()
    const publisher = createCloudWatchPublisher({
      ...{ namespace, calls, log },
      clock: platform.idleClock,
      chance: platform.chance,
    })
    const held = <Result>(withinMs: number, work: Promise<Result>): Promise<Result> =>
      holdProcess(platform, withinMs, work)
    return {
      ...publisher,
      flush: (withinMs) => held(withinMs, publisher.flush(withinMs)),
      close: (withinMs) => held(withinMs, publisher.close(withinMs)),
    }
  } catch (thrown) {
    if (setting !== 'auto') throw thrown
    log('info', 'metrics_not_published', { why: thrown instanceof Error ? thrown.message : String(thrown) })
    return null
  }
}

/** The publisher's own timers keep no process alive: while somebody waits for it, this one does. */
async function holdProcess<Result>(
  { clock }: Platform,
  withinMs: number,
  work: Promise<Result>,
): Promise<Result> {
  const cancel = clock.after(withinMs + 1_000, () => undefined)
  try {
    return await work
  } finally {
    cancel()
  }
}
