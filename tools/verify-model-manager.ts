import {
  ConfigurationManager,
  ModelManager,
  ModelManagerError,
  type Environment,
} from '@pointsman/model-manager'
import { startSimulator, type SimulatedModel } from '@pointsman/simulator'
import catalogue from '../catalogue/models.json' with { type: 'json' }

/**
 * `npm run verify:model-manager`: whether ModelManager does what its guide says, with `config/dev.yaml`. Against the simulator;
 * with `-- --live` against the vendors, by this shell's credentials, for which a few short calls are billed.
 */
const token = 'ABSKsimulated'
const isLive = process.argv.includes('--live')
const messages = [{ role: 'user', content: [{ text: 'Hello' }] }] as const

interface Vendors {
  readonly environment: Environment
  /** Makes a model fail, where that can be asked for. */
  readonly fail: ((model: string) => void) | null
  readonly close: () => Promise<void>
}

async function simulated(): Promise<Vendors> {
  const simulator = await startSimulator({
    models: catalogue.models as unknown as readonly SimulatedModel[],
    credentials: { bearerTokens: [token] },
    latency: { firstTokenMs: 20, perTokenMs: 0 },
  })
  return {
    environment: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: simulator.url, AWS_BEARER_TOKEN_BEDROCK: token },
    fail: (model) =>
      void simulator.script({ match: { model }, effect: { error: { name: 'AccessDeniedException' } } }),
    close: () => simulator.close(),
  }
}

const live: Vendors = { environment: process.env, fail: null, close: () => Promise.resolve() }

/** One check: what it found, in words; throws where it is not as the guide says. */
type Check = readonly [
  name: string,
  find: (manager: ModelManager, vendors: Vendors) => Promise<string> | string,
]

function must(holds: boolean, found: string): string {
  if (!holds) throw new Error(found)
  return found
}

const titan = 'amazon.titan-text-premier-v1:0'
// size: a declared table of checks
const checks: readonly Check[] = [
  [
    'Per-agent model configuration',
    (manager) => {
      const { agentNames } = manager.config
      const told = agentNames.map((name) => `${name} → ${manager.getModelForAgent(name)}`)
      return must(agentNames.length === 4, told.join(', '))
    },
  ],
  [
    'Model catalog',
    (manager) => {
      const models = manager.listAvailableModels()
      const priced = models.filter(({ costPer1kInputTokens }) => costPer1kInputTokens !== null)
      return must(priced.length > 10, `${models.length} models, ${priced.length} with prices`)
    },
  ],
  [
    'Automatic model fallback',
    (manager) => {
      const primary = manager.getModelForAgent('sql_agent')
      const fallback = manager.getFallbackModel(primary)
      return must(fallback !== null && fallback !== primary, `${primary} → ${fallback ?? 'none'}`)
    },
  ],
  [
    'Model compatibility validation',
    (manager) => {
      const { compatible, error } = manager.validateModelCompatibility(titan, { requiresTools: true })
      return must(
        !compatible && error === 'Model does not support tools',
        `${titan}: ${error ?? 'compatible'}`,
      )
    },
  ],
  [
    'Invocation',
    async (manager) => {
      const { cost, latencyMs, modelId, usage } = await manager.invokeModel({
        agentName: 'sql_agent',
        messages,
        systemPrompt: 'You are a SQL expert',
      })
      const told = `${modelId}, ${latencyMs.toFixed(0)}ms, $${cost?.toFixed(4) ?? '?'}, ${usage.totalTokens ?? '?'} tokens`
      return must(cost !== null && usage.totalTokens !== null, told)
    },
  ],
  [
    'Streaming',
    async (manager) => {
      let pieces = 0
      for await (const { type } of manager.streamModel({ agentName: 'inventory_optimizer', messages }))
        pieces += type === 'text' ? 1 : 0
      return must(pieces > 0, `${pieces} pieces`)
    },
  ],
  [
    'Model unavailable',
    async (manager, { fail }) => {
      if (fail === null) return 'not asked of the vendors'
      fail(manager.getModelForAgent('sql_agent'))
      const { fallbackUsed, modelId } = await manager.invokeModel({ agentName: 'sql_agent', messages })
      return must(fallbackUsed, `Fallback model used: ${modelId}`)
    },
  ],
  [
    'No fallback available',
    async (manager, { fail }) => {
      if (fail === null) return 'not asked of the vendors'
      fail('*')
      const failed = await manager
        .invokeModel({ agentName: 'sql_agent', messages })
        .catch((thrown: unknown) => thrown)
      if (!(failed instanceof ModelManagerError)) throw new Error('no ModelManagerError was thrown')
      return must(failed.tried.length > 1, `Model invocation failed: ${failed.message.slice(0, 80)}…`)
    },
  ],
  [
    'Usage summary',
    async (manager) => {
      await manager.flushMetrics()
      const { averageLatencyMs, totalCostUsd, totalInvocations } = manager.getUsageSummary()
      return must(
        totalInvocations > 1 && totalCostUsd > 0,
        `${totalInvocations} invocations, $${totalCostUsd.toFixed(4)}, ${averageLatencyMs.toFixed(2)}ms on average`,
      )
    },
  ],
]

const vendors = isLive ? live : await simulated()
const manager = new ModelManager(new ConfigurationManager('dev'), undefined, {
  environment: vendors.environment,
  metrics: isLive ? 'auto' : 'none',
  // What is made to fail is told by its check.
  ...(isLive ? {} : { log: () => undefined }),
})
let failures = 0
for (const [name, find] of checks) {
  try {
    console.log(`✅ ${name}: ${await find(manager, vendors)}`)
  } catch (thrown) {
    failures += 1
    console.log(`❌ ${name}: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
  }
}
await manager.close()
await vendors.close()
console.log(
  failures === 0
    ? 'ModelManager: all checks passed'
    : `ModelManager: ${failures} of ${checks.length} checks failed`,
)
process.exitCode = failures === 0 ? 0 : 1
