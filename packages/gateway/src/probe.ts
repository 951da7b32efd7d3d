import {
  defaultWorkspace,
  PointsmanError,
  requestId,
  toPointsmanError,
  type ModelId,
  type Principal,
} from '@pointsman/contract'
import { decide } from '@pointsman/core'
import { carryOut, type ClientSink } from '@pointsman/engine'
import { faceOf } from './faces/face-of.ts'
import type { GatewayOptions } from './options.ts'

export interface ProbeResult {
  readonly ok: boolean
  readonly latencyMs: number
  readonly problem?: string
}

/** Keeps what a small answer said, for a caller inside this process. */
class MemoryClient implements ClientSink {
  readonly closed = false
  status = 0
  readonly #chunks: Uint8Array[] = []

  onClosed(): void {
    // Nobody leaves: the caller waits for the answer.
  }
  head(status: number): void {
    this.status = status
  }
  write(bytes: Uint8Array): boolean {
    this.#chunks.push(bytes)
    return true
  }
  drained(): Promise<void> {
    return Promise.resolve()
  }
  end(bytes?: Uint8Array): void {
    if (bytes !== undefined) this.#chunks.push(bytes)
  }
  text(): string {
    const decoder = new TextDecoder()
    return this.#chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join('') + decoder.decode()
  }
}

const prober: Principal = {
  kind: 'service',
  id: 'probe',
  workspace: defaultWorkspace,
  scopes: ['invoke'],
  routes: null,
  models: null,
  userId: null,
}
const body = new TextEncoder().encode(
  JSON.stringify({
    messages: [{ role: 'user', content: [{ text: 'ping' }] }],
    inferenceConfig: { maxTokens: 1 },
  }),
)

/** The one-token call of `validate` with `probe`: this model and no fallback, through the same engine as every request, and recorded like one. */
export function createProbe(options: GatewayOptions): (model: ModelId) => Promise<ProbeResult> {
  const { engine, holder } = options
  return async (model) => {
    const startedAtUs = engine.ports.clock.nowUs()
    const latencyMs = (): number => Math.round((engine.ports.clock.nowUs() - startedAtUs) / 1_000)
    try {
      const snapshot = holder.pin()
      const face = faceOf(engine, 'bedrock-converse')
      const scanned = face.scanRequest(body, false)
      const nowMs = engine.ports.clock.nowMs()
      const providers = new Map(
        [...engine.providers.keys()].map((id) => [id, engine.ports.credentials.state(id)]),
      )
      const conditions = {
        nowMs,
        chance: 0,
        principal: prober,
        conversationTarget: null,
        userTarget: null,
        providers,
        openCircuits: new Set<string>(),
        latencies: new Map<string, number>(),
        homeRegion: options.homeRegion,
      }
      const plan = decide(
        snapshot,
        { requested: model, hasConversation: false, needs: scanned.needs },
        conditions,
      )
      const candidates = plan.candidates.filter((candidate) => candidate.step === 'target')
      const excluded = plan.excluded[0]
      if (candidates.length === 0)
        return {
          ok: false,
          latencyMs: 0,
          problem: excluded?.reason ?? `The model ${model} cannot be called from here.`,
        }
      const client = new MemoryClient()
      const record = await carryOut(
        {
          facts: {
            requestId: requestId(options.newRequestId()),
            receivedAtMs: nowMs,
            replica: options.replica,
            workspace: prober.workspace,
            keyId: null,
            principal: 'service:probe',
            userId: null,
            conversationId: null,
            sessionId: null,
            tags: ['probe'],
            face: face.name,
            stream: false,
            requested: model,
            route: null,
            useCase: null,
            agent: null,
            needs: scanned.needs,
            inputBytes: body.byteLength,
            revision: snapshot.revision,
            switchId: null,
          },
          principal: prober,
          snapshot,
          plan: { ...plan, candidates, claim: null },
          operation: 'chat',
          face,
          scanned,
          startedAtUs,
          timeouts: options.timeouts,
          client,
          answerHeaders: () => [],
        },
        engine,
      )
      if (record.outcome === 'ok') return { ok: true, latencyMs: latencyMs() }
      return { ok: false, latencyMs: latencyMs(), problem: record.error?.message ?? client.text() }
    } catch (thrown) {
      const error: PointsmanError = toPointsmanError(thrown)
      return { ok: false, latencyMs: latencyMs(), problem: error.message }
    }
  }
}
