import type { Engine, Log } from '@pointsman/engine'
import type { FlushReport, MetricsOutlet } from '@pointsman/metrics'
import { localCatalogue } from './catalogue/local-catalogue.ts'
import { followSnapshot } from './catalogue/followed-snapshot.ts'
import { localSnapshot, withKnownModels } from './catalogue/local-snapshot.ts'
import { createMergedSource } from './catalogue/merged-source.ts'
import { createUrlReader, type SnapshotUrl } from '@pointsman/engine/signed-snapshot'
import { fixedSnapshot, type SnapshotHolding } from './catalogue/snapshot-holding.ts'
import type { ConfigurationManager } from './configuration/configuration-manager.ts'
import { createManagerEngine } from './create-engine.ts'
import { CallsUnderWay } from './invocation/calls-under-way.ts'
import { logToConsole } from './log-to-console.ts'
import { openMetrics, type MetricsSetting } from './metrics/open-metrics.ts'
import { UsageSums } from './metrics/usage-summary.ts'
import { ModelManagerError } from './model-manager-error.ts'
import type { ModelUsageMetrics } from './model-usage-metrics.ts'
import type { Environment, Platform } from './platform.ts'
import { providerAccess, valueOf } from './provider-access.ts'
import { recordsInto } from './records.ts'

/** A server whose snapshot decides, so that a switch made there reaches this process. */
export interface ServerOptions extends SnapshotUrl {
  /** How often it is asked whether something changed; 1,000 unless set. */
  readonly pollMs?: number
}

export interface ModelManagerOptions {
  /** What it says of an agent wins over the file. */
  readonly server?: ServerOptions
  /** Where metrics go; `auto` unless set. */
  readonly metrics?: MetricsSetting
  /** Told of each invocation when it has ended. */
  readonly onUsage?: (usage: ModelUsageMetrics) => void
  /** Warnings and errors go to the console unless set. Facts hold no prompt, no answer and no secret. */
  readonly log?: Log
  /** Publish what waits before the process ends, by a signal too; true unless set. */
  readonly flushOnShutdown?: boolean
  /** Instead of the process's own: keys and addresses of vendors. The AWS credential chain reads the process's all the same. */
  readonly environment?: Environment
  /** Instead of the one that this package chooses. */
  readonly platform?: Platform
}

/** What a manager is made of. */
export interface ManagerParts {
  readonly platform: Platform
  readonly engine: Engine
  readonly holding: SnapshotHolding
  readonly homeRegion: string
  readonly sums: UsageSums
  readonly calls: CallsUnderWay
  /** Null = none is open. */
  outlet(): MetricsOutlet | null
  /** Done once, however often it is asked for. Rejects where it cannot be done, and is tried again by the next. */
  readonly start: () => Promise<void>
  onShutdown(close: () => Promise<void>, flush: () => Promise<void>): void
  close(withinMs: number): Promise<FlushReport>
}

const usualRegion = 'eu-central-1'
const nothingSent: FlushReport = { sent: 0, waiting: 0, lost: 0 }

export function openManager(
  config: ConfigurationManager,
  region: string | null,
  options: ModelManagerOptions & { readonly platform: Platform },
): ManagerParts {
  const { log = logToConsole } = options
  const platform = withEnvironment(options.platform, options.environment)
  const homeRegion =
    region ?? config.region ?? valueOf(platform.environment, 'BEDROCK_REGION', 'AWS_REGION') ?? usualRegion
  const sums = new UsageSums()
  const calls = new CallsUnderWay()
  let outlet: MetricsOutlet | null = null
  const access = providerAccess(platform, log)
  const records = recordsInto({ sums, log, outlet: () => outlet, onUsage: options.onUsage ?? null })
  const engine = createManagerEngine({ platform, access, records, log })
  const holding = openHolding(config, { platform, log, server: options.server })
  const { metrics: setting = 'auto' } = options
  const { projectPrefix } = config
  const start = once(async () => {
    const opened = openMetrics({ setting, projectPrefix, region: homeRegion, platform, log })
    ;[outlet] = await Promise.all([opened.catch(refuseMetrics), access.start()])
  })
  let forgetShutdown = (): void => undefined
  return {
    ...{ platform, engine, holding, homeRegion, sums, calls, start },
    outlet: () => outlet,
    onShutdown(close, flush) {
      if (options.flushOnShutdown ?? true) forgetShutdown = platform.onShutdown(close, flush)
    },
    async close(withinMs) {
      forgetShutdown()
      holding.close()
      // Their records are to be published, too.
      await calls.drain(withinMs, platform.clock)
      const report = (await outlet?.close(withinMs)) ?? nothingSent
      await engine.ports.transport.close()
      return report
    },
  }
}

const usualPollMs = 1_000

interface ManagerSetting {
  readonly platform: Platform
  readonly log: Log
}

function openHolding(
  { configuration }: ConfigurationManager,
  { log, platform, server }: ManagerSetting & { readonly server: ServerOptions | undefined },
): SnapshotHolding {
  const { digests, idleClock } = platform
  const catalogue = localCatalogue()
  if (server === undefined) return fixedSnapshot(localSnapshot(configuration, catalogue, digests))
  const reader = createUrlReader({ ...server, digests, fetch: platform.fetch })
  return followSnapshot({
    ...{ digests, log, idleClock, clock: platform.clock, pollMs: server.pollMs ?? usualPollMs },
    source: createMergedSource({ reader, configuration, catalogue, digests }),
    local: localSnapshot(withKnownModels(configuration, catalogue), catalogue, digests),
  })
}

/** Asked for by name, and not to be had: whoever asked is told at the first call. */
function refuseMetrics(thrown: unknown): never {
  const why = thrown instanceof Error ? thrown.message : String(thrown)
  throw new ModelManagerError('invalid_configuration', why, { cause: thrown })
}

const withEnvironment = (platform: Platform, environment: Environment | undefined): Platform =>
  environment === undefined ? platform : { ...platform, environment }

/** The work is done once; one that failed is done again by whoever asks next. */
function once(work: () => Promise<void>): () => Promise<void> {
  let doing: Promise<void> | null = null
  return () => {
    doing ??= work().catch((thrown: unknown) => {
      doing = null
      throw thrown
    })
    return doing
  }
}
