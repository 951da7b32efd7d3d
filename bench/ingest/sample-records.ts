import {
  conversationId,
  keyId,
  modelId,
  priceId,
  providerId,
  replicaId,
  requestId,
  userId,
  defaultWorkspace,
  type AttemptRecord,
  type Intent,
  type RequestFacts,
  type UsageRecord,
} from '@pointsman/contract'

/** How many different ones the traffic names. */
export interface Variety {
  readonly models: number
  readonly routes: number
  readonly keys: number
  readonly users: number
  readonly conversations: number
}

export const ordinary: Variety = { models: 12, routes: 20, keys: 100, users: 5_000, conversations: 20_000 }

/** Prime to all of the above, so that what a request names is spread without a source of chance. */
const stride = 7_919

const models = (number: number): ReturnType<typeof modelId> => modelId(`eu.bench.model-${number}-v1:0`)

/** What a gateway writes of request `number`: a chat by a use case, every tenth after a throttled first attempt. */
export function sampleRecord(number: number, receivedAtMs: number, variety: Variety = ordinary): UsageRecord {
  const at = number * stride
  const model = models(at % variety.models)
  const fallback = number % 10 === 0
  const target = fallback ? models((at + 1) % variety.models) : model
  const attempts = fallback
    ? [throttled(target, receivedAtMs), served(model, receivedAtMs + 30)]
    : [served(model, receivedAtMs)]
  const inputTokens = 200 + (at % 1_800)
  const outputTokens = 20 + (at % 400)
  return {
    schema: 'v1',
    ...facts(number, receivedAtMs, variety),
    plan: { reason: 'use-case', target, candidates: [target, model], excluded: [] },
    attempts,
    outcome: 'ok',
    error: null,
    status: 200,
    modelId: model,
    provider: providerId('bedrock'),
    region: 'eu-central-1',
    reason: fallback ? 'fallback' : 'use-case',
    finish: 'stop',
    usage: {
      inputTokens,
      cacheReadTokens: null,
      cacheWrite5mTokens: null,
      cacheWrite1hTokens: null,
      outputTokens,
      reasoningTokens: null,
    },
    usageEstimated: false,
    costNanoUsd: inputTokens * 800 + outputTokens * 3_200,
    priceId: priceId('5b0f7c9e-2a68-4f4d-9a0e-000000000001'),
    warnings: [],
    durationMs: 300 + (at % 4_000),
    firstContentAfterMs: 80 + (at % 500),
    overheadUs: 250 + (at % 300),
    unrecognisedFrames: 0,
  }
}

/** The line that the gateway wrote before the first attempt of the same request. */
export const sampleIntent = (number: number, receivedAtMs: number, variety: Variety = ordinary): Intent => ({
  schema: 'v1',
  ...facts(number, receivedAtMs, variety),
})

function facts(number: number, receivedAtMs: number, variety: Variety): RequestFacts {
  const at = number * stride
  const useCase = `bench-${at % variety.routes}`
  return {
    // As a gateway's own: of random look, so that they do not come in order.
    requestId: requestId(
      `req_${((at * 2_654_435_761) >>> 0).toString(16).padStart(8, '0')}${number.toString(16).padStart(16, '0')}`,
    ),
    receivedAtMs,
    replica: replicaId('bench-host-1/5b0f7c9e'),
    workspace: defaultWorkspace,
    keyId: keyId(`bench-key-${at % variety.keys}`),
    principal: `key:bench-key-${at % variety.keys}`,
    userId: userId(`user-${at % variety.users}`),
    conversationId: conversationId(`conversation-${at % variety.conversations}`),
    sessionId: null,
    tags: ['team:a'],
    face: 'openai-chat',
    operation: 'chat',
    stream: false,
    requested: `use-case/${useCase}`,
    route: `use-case/${useCase}`,
    useCase,
    agent: null,
    needs: {
      tools: false,
      images: false,
      documents: false,
      streaming: false,
      jsonSchema: false,
      reasoning: false,
      inputTokensEstimate: 100 + (at % 2_000),
    },
    inputBytes: 512,
    revision: { epoch: 1, number: 42 },
    switchId: null,
  }
}

const served = (model: ReturnType<typeof modelId>, startedAtMs: number): AttemptRecord => ({
  modelId: model,
  provider: providerId('bedrock'),
  region: 'eu-central-1',
  startedAtMs,
  headersAfterMs: 75.25,
  firstContentAfterMs: 80.5,
  endedAfterMs: 310.75,
  status: 200,
  upstreamRequestId: '0d1f7c9e-2a68-4f4d-9a0e-52b6a9a4c1de',
  error: null,
})

const throttled = (model: ReturnType<typeof modelId>, startedAtMs: number): AttemptRecord => ({
  ...served(model, startedAtMs),
  headersAfterMs: 20,
  firstContentAfterMs: null,
  endedAfterMs: 22,
  status: 429,
  error: {
    code: 'upstream_throttled',
    vendorName: 'ThrottlingException',
    message: 'Too many requests, please wait before trying again.',
  },
})
