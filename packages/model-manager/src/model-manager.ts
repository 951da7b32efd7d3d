import { noNeeds, PointsmanError } from '@pointsman/contract'
import type { CompiledModel, CompiledSnapshot } from '@pointsman/core'
import type { FlushReport, MetricsOutlet } from '@pointsman/metrics'
import { compatibilityOf, type Compatibility, type Requirements } from './compatibility.ts'
import { everyProviderReady, routeRequest, type World } from './catalogue/route-request.ts'
import type { ConfigurationManager } from './configuration/configuration-manager.ts'
import { invokeStream } from './invocation/invoke-stream.ts'
import { invokeWhole } from './invocation/invoke-whole.ts'
import { worldOf, type Invoking } from './invocation/invoke.ts'
import type { InvokeRequest, ModelResponse, StreamEvent } from './invocation/messages.ts'
import type { UsageSummary } from './metrics/usage-summary.ts'
import { modelConfigOf, type ModelConfig, type ModelPlace } from './model-config.ts'
import { listModels, type ListedModel } from './model-listing.ts'
import { fromPointsmanError, ModelManagerError } from './model-manager-error.ts'
import type { Platform } from './platform.ts'
import { openManager, type ManagerParts, type ModelManagerOptions } from './open-manager.ts'

const usualFlushMs = 5_000
const noReport: FlushReport = { sent: 0, waiting: 0, lost: 0 }

/**
 * What every ModelManager does, whatever it runs on. A holder of what one process needs for that: engine, snapshot, metrics,
 * the calls under way.
 */
export class PlatformModelManager {
  readonly config: ConfigurationManager
  /** Where models are called from. */
  readonly region: string
  readonly #parts: ManagerParts
  #closing: Promise<FlushReport> | null = null

  constructor(
    config: ConfigurationManager,
    region: string | undefined,
    options: ModelManagerOptions & { readonly platform: Platform },
  ) {
    this.config = config
    this.#parts = openManager(config, region ?? null, options)
    this.region = this.#parts.homeRegion
    this.#parts.onShutdown(
      async () => void (await this.close()),
      // Not by `flushMetrics`, which would open it: before the first call nothing waits.
      async () => void (await this.#parts.outlet()?.flush(usualFlushMs)),
    )
  }

  /** The model that would serve this agent now, an agent without one the default. */
  getModelForAgent(agentName: string): string {
    return told(() => {
      const wanted = { agentName, modelId: null, needs: noNeeds }
      return routeRequest(this.#snapshot(), wanted, this.#world()).plan.target
    })
  }

  /** The model to which the family rules lead from this one; null = to none. */
  getFallbackModel(primaryModelId: string): string | null {
    if (this.#model(primaryModelId) === null) return null
    return told(() => {
      const wanted = { agentName: null, modelId: primaryModelId, needs: noNeeds }
      const world = {
        ...this.#world(),
        providers: everyProviderReady(this.#parts.engine.providers.keys()),
        openCircuits: new Set<string>(),
      }
      const { candidates } = routeRequest(this.#snapshot(), wanted, world).plan
      return candidates.find(({ step }) => step === 'fallback')?.modelId ?? null
    })
  }

  /** What a model is and costs; null = the catalogue does not have it. */
  getModelConfig(modelId: string): ModelConfig | null {
    const model = this.#model(modelId)
    return model === null
      ? null
      : modelConfigOf(model, this.#place(), this.config.configuration.defaults.temperature)
  }

  /** Whether a model can do what is required; with the reason where it cannot. */
  validateModelCompatibility(modelId: string, requirements: Requirements = {}): Compatibility {
    const model = this.#model(modelId)
    if (model === null) return { compatible: false, error: `Unknown model: ${modelId}` }
    return compatibilityOf(model, requirements)
  }

  /** Models that can be asked, with their abilities and prices. */
  listAvailableModels(): readonly ListedModel[] {
    return told(() => listModels(this.#place(), this.#world()))
  }

  /**
   * Asks the agent's model, and where it fails the next one of the plan. Rejects with ModelManagerError, whose `tried` says
   * which models were asked and what each answered.
   */
  async invokeModel(request: InvokeRequest): Promise<ModelResponse> {
    return invokeWhole(request, await this.#invoking(request))
  }

  /** The same, piece by piece; the last piece holds the whole. Stop reading, or abort `signal`, to end it. */
  async *streamModel(request: InvokeRequest): AsyncGenerator<StreamEvent, void, undefined> {
    yield* invokeStream(request, await this.#invoking(request))
  }

  /** What was invoked since the start. */
  getUsageSummary(): UsageSummary {
    return this.#parts.sums.summary()
  }

  /** Publishes what waits to be; resolves when it was taken, or after `withinMs`. What was not taken is tried again. */
  async flushMetrics(withinMs = usualFlushMs): Promise<FlushReport> {
    return (await this.#outlet())?.flush(withinMs) ?? noReport
  }

  /** Credentials and the first snapshot: waited for by the first call, or here, to have it done before one comes. */
  async start(): Promise<void> {
    await this.#parts.start()
  }

  /** Publishes what waits and ends all connections; no call is taken afterwards. */
  close(withinMs = usualFlushMs): Promise<FlushReport> {
    this.#closing ??= this.#parts.close(withinMs)
    return this.#closing
  }

  /** Callers in JavaScript have no types: the request may be anything. */
  async #invoking(request: unknown): Promise<Invoking> {
    if (typeof request !== 'object' || request === null)
      throw new ModelManagerError(
        'invalid_request',
        `A call takes a request such as { agentName: 'sql_agent', messages: [{ role: 'user', content: 'Hello' }] }, not ${request === null ? 'null' : typeof request}.`,
      )
    if (this.#closing !== null)
      throw new ModelManagerError('closed', 'This ModelManager was closed. Make another one.')
    const { calls, engine, holding, homeRegion, platform, start } = this.#parts
    await start()
    await holding.fresh()
    const { config } = this
    return { engine, config, homeRegion, calls, snapshot: this.#snapshot(), newId: platform.newId }
  }

  async #outlet(): Promise<MetricsOutlet | null> {
    await this.#parts.start()
    return this.#parts.outlet()
  }

  #snapshot(): CompiledSnapshot {
    return told(() => this.#parts.holding.pin())
  }

  #model(modelId: string): CompiledModel | null {
    return this.#snapshot().models.get(modelId) ?? null
  }

  #world(): World {
    return worldOf(this.#parts)
  }

  #place(): ModelPlace {
    return { snapshot: this.#snapshot(), homeRegion: this.region, nowMs: this.#parts.platform.clock.nowMs() }
  }
}

/** Whatever is thrown below is told as this package's own error. */
function told<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (thrown) {
    throw thrown instanceof PointsmanError ? fromPointsmanError(thrown) : thrown
  }
}
