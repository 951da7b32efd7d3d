// size: what a server answers, by request
import type {
  CostAlarmItem,
  DrillCounts,
  DrillDetail,
  EndingModel,
  KeyItem,
  ModelItem,
  ProviderItem,
  RouteItem,
  SwitchOutcome,
  SwitchRow,
  UsageTotal,
} from '@pointsman/sdk'

/*
 * Answers in the control API's shapes. Types of the client hold them, so that a shape which changes there fails here.
 */

const model = (id: string, name: string, more: Partial<ModelItem> = {}): ModelItem => ({
  ...{ id, name, provider: 'amazon', servedBy: 'bedrock', useCase: null, maxTokens: 10_000 },
  ...{ inputCostPerMTok: 1.05, outputCostPerMTok: 4.2, isAvailable: true, isDefault: false },
  ...{ lifecycle: 'active', endsOn: null, replacement: null, format: 'nova' },
  ...{ abilities: ['tools', 'streaming'], runsIn: ['eu-central-1'], contextTokens: 300_000 },
  ...more,
})

const heldBack = {
  since: '2026-11-26T09:00:00.000Z',
  until: '2026-11-26T09:00:05.000Z',
  cause: 'failures',
} as const

export const providers: readonly ProviderItem[] = [
  {
    ...{ id: 'bedrock', configured: true, missing: null, baseUrl: null, takesAwsKeys: true },
    ...{ keySource: 'registry', keyFrom: 'version 2', keyLastFour: 'Z9x8', keyProblem: null },
    ...{ keySince: '2026-11-26T08:00:00.000Z', keyExpiresAt: '2026-11-26T20:00:00.000Z' },
    lastTest: {
      ...{ at: '2026-11-26T08:01:00.000Z', ok: true, modelId: 'eu.amazon.nova-pro-v1:0', latencyMs: 312 },
      ...{ keySource: 'registry', problem: null },
    },
    ...{ regions: ['eu-central-1'], models: 60, enabledModels: 58 },
    circuits: [
      {
        ...{ modelId: 'eu.amazon.nova-pro-v1:0', region: 'eu-central-1', state: 'open', ...heldBack },
        replicas: ['replica-1', 'replica-2'],
      },
      {
        ...{ modelId: 'eu.amazon.nova-lite-v1:0', region: 'eu-central-1', state: 'half-open', ...heldBack },
        replicas: ['replica-1'],
      },
    ],
  },
  {
    ...{ id: 'openai', configured: false, missing: 'OPENAI_API_KEY', baseUrl: null, takesAwsKeys: false },
    ...{ keySource: null, keyFrom: null, keyLastFour: null, keySince: null, keyExpiresAt: null },
    ...{ keyProblem: 'The stored key ended at 2026-11-25T08:00:00.000Z.', lastTest: null },
    ...{ regions: ['global'], models: 17, enabledModels: 17, circuits: [] },
  },
]

export const models: readonly ModelItem[] = [
  model('eu.amazon.nova-pro-v1:0', 'Amazon Nova Pro', { useCase: 'platform', isDefault: true }),
  model('eu.amazon.nova-lite-v1:0', 'Amazon Nova Lite', {
    ...{ useCase: 'health', isAvailable: false, inputCostPerMTok: 0.078, outputCostPerMTok: 0.312 },
  }),
  model('global.anthropic.claude-haiku-4-5-20251001-v1:0', 'Claude Haiku 4.5 (GLOBAL)', {
    ...{ provider: 'anthropic', inputCostPerMTok: 1, outputCostPerMTok: null },
  }),
  model('anthropic.claude-3-5-sonnet-20241022-v2:0', 'Claude 3.5 Sonnet', {
    ...{ provider: 'anthropic', useCase: 'clinical', lifecycle: 'eol', endsOn: '2026-07-30' },
    ...{ inputCostPerMTok: 3, outputCostPerMTok: 15 },
  }),
]

export const modelDetail = {
  ...models[0],
  model: {
    ...{ id: 'eu.amazon.nova-pro-v1:0', contextTokens: 300_000 },
    abilities: { tools: true, images: true, jsonSchema: false, reasoning: null },
    destinationRegions: ['eu-central-1', 'eu-west-1'],
  },
  region: 'eu-central-1',
  prices: [
    {
      ...{ id: 'a-price', modelId: 'eu.amazon.nova-pro-v1:0', region: '*', effectiveFromMs: 0, tiers: [] },
      ...{ inputPicoUsd: 1_050_000, outputPicoUsd: 4_200_000, cacheReadPicoUsd: null },
      ...{ cacheWrite5mPicoUsd: null, cacheWrite1hPicoUsd: null, source: 's', sourceDate: '2026-01-01' },
      serviceTiers: [
        {
          ...{ serviceTier: 'priority', inputPicoUsd: 1_837_500, outputPicoUsd: 7_350_000, tiers: [] },
          ...{ cacheReadPicoUsd: 459_375, cacheWrite5mPicoUsd: null, cacheWrite1hPicoUsd: null },
        },
      ],
    },
  ],
  revision: 7,
}

export const route = {
  ...{ kind: 'use-case', name: 'clinical', target: 'eu.amazon.nova-pro-v1:0', strategy: 'priority' },
  candidates: [
    { modelId: 'eu.amazon.nova-pro-v1:0', weight: 1 },
    { modelId: 'eu.amazon.nova-lite-v1:0', weight: 1 },
  ],
  ...{ fallbacks: null, residency: ['eu-central-1'], lifecycleRule: 'warn', objective: 'quality' },
  ...{
    autoSwitch: 'on',
    capture: false,
    heartbeatMs: null,
    switchId: null,
    key: 'use-case/clinical',
    inherits: false,
  },
  ...{ serves: 'eu.amazon.nova-pro-v1:0', llm_provider: 'bedrock', llm_model: 'eu.amazon.nova-pro-v1:0' },
  ...{ revision: 7, drill: null },
} as unknown as RouteItem

export const switchId = '2efdf16d-6ae3-4209-85f8-5ef3f8d65d64'

export const outcome = {
  ...{
    switched: true,
    dryRun: false,
    unchanged: false,
    switchId,
    from: 'Claude Sonnet 5.5 (EU)',
    to: 'Amazon Nova Pro',
  },
  ...{ fromId: 'eu.anthropic.claude-sonnet-5-5', toId: 'eu.amazon.nova-pro-v1:0' },
  scope: { kind: 'use-case', name: 'clinical' },
  ...{ revision: 8, costImpactEstimated: 1.05 },
  costExplanation: 'saves about $1.05 a day at the mean of the last 7 days',
  ...{ masks: [], warnings: [], pending: [], unheard: [], ranking: null, notification: null },
} as unknown as SwitchOutcome

export const switchRows = [
  {
    ...{ id: switchId, sequence: 2, state: 'active', revision: { epoch: 1, number: 8 } },
    ...{ recordedAt: '2026-11-21T02:15:46.123Z', actor: { kind: 'service', id: 'service' } },
    ...{ action: 'manual_switch', type: 'manual', scope: { kind: 'use-case', name: 'clinical' } },
    ...{ scopeText: 'use-case/clinical', from: 'Claude Sonnet 5.5 (EU)', to: 'Amazon Nova Pro' },
    ...{ fromId: 'eu.anthropic.claude-sonnet-5-5', toId: 'eu.amazon.nova-pro-v1:0' },
    ...{
      reason: 'Lower cost for simple questions',
      evidence: {},
      approval: null,
      reverts: null,
      refusal: null,
    },
    ...{ costImpactEstimated: 1.05, notificationShown: true, hash: 'ab12', previousHash: 'cd34' },
  },
  {
    ...{ id: '7c1de3aa-0d53-4b0e-a1de-2f5f9c2b7a11', sequence: 1, state: 'refused', revision: null },
    ...{ recordedAt: '2026-11-20T23:59:59.000Z', actor: { kind: 'key', id: 'wnGeeAdHuE1E' } },
    ...{ action: 'manual_switch', type: 'manual', scope: { kind: 'global' }, scopeText: 'default' },
    ...{ from: 'Amazon Nova Pro', to: null, fromId: 'eu.amazon.nova-pro-v1:0', toId: null, reason: null },
    ...{ evidence: {}, reverts: null, costImpactEstimated: null, notificationShown: false },
    refusal: { code: 'model_not_found', message: 'Model not found: x' },
    ...{ hash: 'cd34', previousHash: '00' },
  },
] as unknown as readonly SwitchRow[]

export const keys: readonly KeyItem[] = [
  {
    ...{ id: 'wnGeeAdHuE1E', name: 'ci', lastFour: 'YX21', scopes: ['invoke', 'read'], models: null },
    ...{ routes: ['use-case/clinical'], requestsPerMinute: 5, spendPerDayUsd: 2.5 },
    ...{ tokensPerMinute: null, concurrentRequests: 4, spendPerMonthUsd: 40, replacedBy: null },
    lastUsedAt: '2026-11-21T02:20:00.000Z',
    ...{ createdAt: '2026-11-21T02:15:00.000Z', expiresAt: '2099-12-21T02:15:00.000Z', revokedAt: null },
    revision: 9,
  },
  {
    ...{ id: 'a8fjwX0Pq2Lm', name: 'old', lastFour: 'aB9z', scopes: ['invoke'], models: null },
    ...{ routes: null, requestsPerMinute: null, spendPerDayUsd: null, expiresAt: null },
    ...{ tokensPerMinute: null, concurrentRequests: null, spendPerMonthUsd: null, replacedBy: null },
    lastUsedAt: null,
    ...{ createdAt: '2026-10-01T00:00:00.000Z', revokedAt: '2026-11-01T08:00:00.000Z', revision: 5 },
  },
]

const total = (group: string, more: Partial<UsageTotal>): UsageTotal => ({
  ...{
    group,
    start: null,
    requests: 0,
    errors: 0,
    refused: 0,
    fallbacks: 0,
    errorRate: null,
    fallbackRate: null,
  },
  ...{ inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0, costUsd: 0 },
  ...{ unpricedRequests: 0, latency: { p50Ms: null, p90Ms: null, p99Ms: null } },
  firstContent: { p50Ms: null, p90Ms: null, p99Ms: null },
  overhead: { p50Ms: null, p90Ms: null, p99Ms: null },
  ...more,
})

export const usageTotals = {
  data: [
    total('eu.amazon.nova-pro-v1:0', {
      ...{ requests: 1200, errors: 3, errorRate: 0.0025, fallbacks: 2, inputTokens: 1_200_345 },
      ...{ outputTokens: 340_000, costUsd: 2.69, latency: { p50Ms: 812, p90Ms: 1_400, p99Ms: 2_950 } },
    }),
    total('', { requests: 2, unpricedRequests: 2, latency: { p50Ms: 70, p90Ms: 80, p99Ms: 80 } }),
  ],
  from: '2026-11-20T02:00:00.000Z',
  to: '2026-11-21T02:00:00.000Z',
}

export const requestId = '952f4119-369d-463d-a5a1-b22e865321e2'
export const usageRecord = {
  ...{ requestId, receivedAtMs: Date.parse('2026-11-21T02:15:49Z'), requested: 'use-case/clinical' },
  ...{ route: 'use-case/clinical', modelId: 'eu.amazon.nova-pro-v1:0', outcome: 'ok', status: 200 },
  ...{
    durationMs: 157,
    usage: { inputTokens: 6, cacheReadTokens: 1_000, outputTokens: 53 },
    costNanoUsd: 229_000,
  },
}

export const drillId = '0b6ff6a4-6a55-4f2c-9ad1-6f4e0d3c9a10'
const noRequests: DrillCounts = {
  ...{ requests: 0, ok: 0, partial: 0, failed: 0, refused: 0, clientClosed: 0, unknown: 0, fallbacks: 0 },
  ...{ costUsd: 0, p50Ms: null, p90Ms: null, longestMs: null },
}
export const drill: DrillDetail = {
  ...{ id: drillId, route: 'use-case/clinical', state: 'stopped', fault: 'cut', retryAfterSeconds: null },
  ...{ afterParts: 3, latencyMs: null, percent: 20, model: null, provider: null, everyModel: false },
  ...{ stopAbovePercent: 25, reason: 'game day', startedAt: '2026-11-21T02:00:00.000Z' },
  startedBy: { kind: 'key', id: 'wnGeeAdHuE1E' },
  ...{ endsAt: '2026-11-21T02:05:00.000Z', endedAt: '2026-11-21T02:01:30.000Z' },
  ...{ endedBy: { kind: 'key', id: 'wnGeeAdHuE1E' }, endReason: 'seen enough' },
  record: {
    drawn: {
      ...{ ...noRequests, requests: 12, ok: 9, partial: 3, fallbacks: 4, costUsd: 0.0123 },
      ...{ p50Ms: 210, p90Ms: 980, longestMs: 1_250 },
    },
    others: { ...noRequests, requests: 1, ok: 1, p50Ms: 180, p90Ms: 180, longestMs: 180, costUsd: 0.001 },
    seen: [
      { modelId: 'eu.amazon.nova-pro-v1:0', status: 200, outcome: 'ok', requests: 9 },
      { modelId: 'eu.anthropic.claude-sonnet-5-5', status: 200, outcome: 'partial', requests: 3 },
    ],
    ...{ calls: 16, hits: 3 },
  },
}

export const ending: readonly EndingModel[] = [
  {
    ...{ modelId: 'anthropic.claude-3-5-sonnet-20241022-v2:0', name: 'Claude 3.5 Sonnet', status: 'eol' },
    ...{ endsOn: '2026-07-30', daysLeft: -114, replacement: 'eu.anthropic.claude-sonnet-5-5' },
    routes: [
      {
        ...{ route: 'use-case/clinical', as: 'target' },
        rehearsal: {
          ...{ replacement: 'eu.anthropic.claude-sonnet-5-5', chosenBy: 'catalogue', passes: true },
          ...{ problems: [], warnings: ['it takes no documents'], costImpactEstimated: -0.35 },
          costExplanation: 'costs about $0.35 more a day at the mean of the last 7 days',
        },
      },
    ],
  },
  {
    ...{ modelId: 'gemini-2.5-pro', name: 'Gemini 2.5 Pro', status: 'deprecated', endsOn: '2026-12-01' },
    ...{ daysLeft: 10, replacement: null, routes: [] },
  },
]

export const costAlarms: readonly CostAlarmItem[] = [
  {
    ...{ name: 'budget', dimension: 'all', subject: null, period: 'month', aboveUsd: 50 },
    ...{ aboveMeanPercent: null, leastUsd: 0, webhookUrl: 'https://hooks.example/cost' },
    ...{ createdAt: '2026-11-01T00:00:00.000Z', changedAt: '2026-11-01T00:00:00.000Z' },
    ...{ state: 'raised', spentUsd: 51.2, limitUsd: 50 },
    lastDelivery: {
      ...{ at: '2026-11-26T00:00:00.000Z', state: 'waiting', attempts: 3 },
      error: 'The receiver answered 500.',
    },
  },
  {
    ...{ name: 'unusual', dimension: 'agent', subject: 'sql_agent', period: 'hour', aboveUsd: null },
    ...{ aboveMeanPercent: 300, leastUsd: 1, webhookUrl: null },
    ...{ createdAt: '2026-11-01T00:00:00.000Z', changedAt: '2026-11-01T00:00:00.000Z' },
    ...{ state: 'quiet', spentUsd: 0.5, limitUsd: null, lastDelivery: null },
  },
]
