import {
  defaultWorkspace,
  requestId,
  toPointsmanError,
  type AttemptRecord,
  type CredentialFacts,
  type ErrorCode,
  type ModelId,
  type Plan,
  type Principal,
  type Refusal,
  type RefusalKind,
  type RequestFacts,
  type UsageRecord,
} from '@pointsman/contract'
import { decide, type CompiledModel, type CompiledSnapshot, type Resolution } from '@pointsman/core'
import { carryOut } from '@pointsman/engine'
import type { ScannedRequest } from '@pointsman/wire'
import { faceOf } from './faces/face-of.ts'
import { MemoryClient } from './memory-client.ts'
import type { GatewayOptions } from './options.ts'
import { conditionsWithoutPins } from './stages/decide.ts'

export interface ProbeResult {
  readonly ok: boolean
  readonly latencyMs: number
  readonly problem?: string
  readonly code?: ErrorCode
  /** The vendor's own words, for operators: they may name what is in its account. */
  readonly vendorSays?: string
  /** Set where a call was made and refused. */
  readonly refusal?: Refusal
  /** What the call was made with; absent = not known here. */
  readonly credential?: CredentialFacts
}

type Problem = Required<Pick<ProbeResult, 'problem' | 'code'>> & Pick<ProbeResult, 'refusal' | 'vendorSays'>

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

/** The one-token call of `validate` with `probe`: this model and no fallback, through the engine that serves every request, and recorded like one. */
export function createProbe(options: GatewayOptions): (model: ModelId) => Promise<ProbeResult> {
  const { clock } = options.engine.ports
  return async (model) => {
    const startedAtUs = clock.nowUs()
    const latencyMs = (): number => Math.round((clock.nowUs() - startedAtUs) / 1_000)
    try {
      const problem = await probe(model, startedAtUs, options)
      return { ok: problem === null, latencyMs: latencyMs(), ...problem }
    } catch (thrown) {
      const { code, message } = toPointsmanError(thrown)
      return { ok: false, latencyMs: latencyMs(), problem: message, code }
    }
  }
}

/** What went wrong; null = the model answered. */
async function probe(model: ModelId, startedAtUs: number, options: GatewayOptions): Promise<Problem | null> {
  const { engine, holder } = options
  const pinned = holder.pin()
  const face = faceOf(engine, 'bedrock-converse')
  const scanned = face.scanRequest(body, false)
  const entry = pinned.models.get(model)
  if (entry === undefined) return { problem: `The catalogue has no model ${model}.`, code: 'model_not_found' }
  const snapshot = switchedOn(pinned, entry)
  // Named outright: an alias that shadows this id would be probed instead of it.
  const named: Resolution = {
    kind: 'model',
    requested: model,
    region: null,
    model: entry,
    reason: 'explicit',
    rules: snapshot.defaultRoute,
    pinUseCase: null,
    asksUser: false,
  }
  const call = { requested: model, hasConversation: false, needs: scanned.needs }
  const conditions = { ...conditionsWithoutPins(prober, options), openCircuits: new Set<string>() }
  const plan = decide(snapshot, call, conditions, named)
  const candidates = plan.candidates.filter((candidate) => candidate.step === 'target')
  if (candidates.length === 0) {
    const [first] = plan.excluded
    const problem = first?.reason ?? `The model ${model} cannot be called from here.`
    return { problem, code: first?.rule === 'credentials-missing' ? 'credentials_missing' : 'no_candidate' }
  }
  const client = new MemoryClient()
  const record = await carryOut(
    {
      facts: probeFacts({ model, plan, scanned, snapshot }, options),
      principal: prober,
      snapshot,
      plan: { ...plan, candidates, claim: null },
      asksNoCircuit: true,
      operation: 'chat',
      face,
      scanned,
      callerHeaders: [],
      startedAtUs,
      timeouts: options.timeouts,
      client,
      judgeAgain: () => null,
      answerHeaders: () => [],
    },
    engine,
  )
  return record.outcome === 'ok' ? null : problemOf(record, client.text())
}

function problemOf({ attempts, error }: UsageRecord, answered: string): Problem {
  const attempt = attempts.at(-1)
  const says = attempt?.error ?? null
  return {
    problem: error?.message ?? answered,
    code: error?.code ?? 'upstream_error',
    ...(says === null || attempt === undefined
      ? {}
      : { vendorSays: says.message, refusal: refusalOf(attempt, says) }),
  }
}

/** One that is off is asked whether it would answer, before somebody switches it on. */
const switchedOn = (snapshot: CompiledSnapshot, entry: CompiledModel): CompiledSnapshot =>
  entry.enabled
    ? snapshot
    : { ...snapshot, models: new Map([...snapshot.models, [entry.id, { ...entry, enabled: true }]]) }

function refusalOf(
  { modelId, region }: AttemptRecord,
  { code, refusal, vendorName }: NonNullable<AttemptRecord['error']>,
): Refusal {
  const byCode: RefusalKind | undefined = kindByCode[code]
  return { ...(refusal ?? { kind: byCode ?? 'other', refusedIn: null }), vendorName, modelId, region }
}

const kindByCode: { readonly [code in ErrorCode]?: RefusalKind } = {
  upstream_model_unavailable: 'unknown-model',
  upstream_throttled: 'throttled',
  upstream_overloaded: 'overloaded',
  overloaded: 'overloaded',
  upstream_error: 'overloaded',
  upstream_unreachable: 'unreachable',
  upstream_timeout_connect: 'unreachable',
  upstream_timeout_first_byte: 'overloaded',
  upstream_timeout_idle: 'overloaded',
  upstream_timeout_total: 'overloaded',
  provider_auth: 'credential',
  credentials_missing: 'credential-missing',
  upstream_rejected: 'request',
  upstream_content_policy: 'request',
}

interface Probed {
  readonly model: ModelId
  readonly plan: Plan
  readonly scanned: ScannedRequest
  readonly snapshot: CompiledSnapshot
}

const probeFacts = ({ model, scanned, snapshot }: Probed, options: GatewayOptions): RequestFacts => ({
  requestId: requestId(options.newRequestId()),
  receivedAtMs: options.engine.ports.clock.nowMs(),
  replica: options.replica,
  workspace: prober.workspace,
  keyId: null,
  principal: 'service:probe',
  userId: null,
  conversationId: null,
  sessionId: null,
  tags: ['probe'],
  face: 'bedrock-converse',
  stream: false,
  requested: model,
  route: null,
  useCase: null,
  agent: null,
  needs: scanned.needs,
  inputBytes: body.byteLength,
  revision: snapshot.revision,
  switchId: null,
})
