import { hash } from 'node:crypto'
import { composeAnswer } from '../answer/compose.ts'
import { answerParts } from '../answer/parts.ts'
import { CLAUDE_LOOKS_BACK } from '../answer/prompt-cache.ts'
import type { PromptCache } from '../answer/prompt-cache.ts'
import { sealThought } from '../claude/thought-seal.ts'
import type { Outlet } from '../emission/outlet.ts'
import { SlicedOutlet } from '../emission/sliced-outlet.ts'
import { StreamEmission } from '../emission/stream-emission.ts'
import { sendWhole } from '../emission/whole-answer.ts'
import type { Exchange } from '../exchange.ts'
import type { Face, SimulatedLatency } from '../face.ts'
import type { FaultScript } from '../faults/fault-script.ts'
import { answerBreak } from '../faults/rule.ts'
import type { FaultEffect } from '../faults/rule.ts'
import type { SimulatedModel } from '../simulated-model.ts'
import { whenSettled } from '../when-settled.ts'
import { readAddress } from './address.ts'
import type { Address } from './address.ts'
import { Authenticator, readIdentity } from './authentication.ts'
import type { SimulatedCredentials } from './authentication.ts'
import {
  getFoundationModel,
  getFoundationModelAvailability,
  getInferenceProfile,
  listFoundationModels,
  listInferenceProfiles,
} from './control-plane.ts'
import { embeddings } from './embeddings.ts'
import type { EmbeddingAnswer } from './embeddings.ts'
import { eventStreamType } from './event-frames.ts'
import { BedrockFailure, failureBody } from './failure.ts'
import { ModelDirectory } from './model-resolution.ts'
import { countTokens, readModelCall, TIER_HEADER } from './operations.ts'
import type { ModelCall } from './operations.ts'
import { sendScriptedRefusal } from './refusal.ts'
import { sendFailure } from './refusal.ts'
import type { Serving } from './serving.ts'
import { listServiceQuotas } from './service-quotas.ts'
import { sha256Hex } from './sigv4.ts'

export interface BedrockFaceOptions {
  readonly models: readonly SimulatedModel[]
  readonly credentials: SimulatedCredentials | undefined
  readonly defaultRegion: string
  readonly latency: SimulatedLatency
  readonly seed: string
  readonly script: FaultScript
  readonly cache: PromptCache
  /** Base ids that this account has no access to. */
  readonly withoutAccess: readonly string[]
  readonly now: () => number
}

/** A request whose sender was let in. */
interface Admitted {
  readonly exchange: Exchange
  readonly body: Buffer
  readonly address: Address
  readonly region: string
  readonly effect: FaultEffect
}

const NO_EFFECT: FaultEffect = {}

/** Amazon Bedrock's two endpoints, Runtime and control plane, on one address. */
export class BedrockFace implements Face {
  /** InvokeModel's; Converse is held to it too. */
  readonly mostBodyBytes = 25_000_000
  readonly #options: BedrockFaceOptions
  readonly #directory: ModelDirectory
  readonly #authenticator: Authenticator

  constructor(options: BedrockFaceOptions) {
    this.#options = options
    this.#directory = new ModelDirectory(options.models)
    this.#authenticator = new Authenticator(options.credentials, options.now)
  }

  /** Any path: it is asked last, and says of one that is nobody's what Bedrock says. */
  takes(): boolean {
    return true
  }

  bodyRefusal(outcome: 'too-large' | 'too-many'): { readonly status: number; readonly body: string } {
    return bodyRefusal(outcome)
  }

  /** Answers a request whose body has been read. Never throws: what breaks becomes a 500 and is told in the ledger. */
  handle(exchange: Exchange, body: Buffer): void {
    guarded(exchange, () => {
      const admitted = this.#admit(exchange, body)
      exchange.later(admitted.effect.delayMs ?? 0, () => guarded(exchange, () => this.#answer(admitted)))
    })
  }

  #admit(exchange: Exchange, body: Buffer): Admitted {
    const { head, line } = exchange
    const { script, defaultRegion } = this.#options
    const bodySha256 = sha256Hex(body)
    line.bodyBytes = body.length
    line.bodySha256 = bodySha256
    const address = readAddress(head.method, head.target, head.headers['x-amz-target'])
    line.operation = address.operation
    line.model = address.modelId === '' ? null : address.modelId.slice(0, 2_048)
    const identity = readIdentity(head)
    line.authorization = identity.authorization
    const region = identity.region ?? address.region ?? regionOfHost(exchange) ?? defaultRegion
    line.region = region
    const service = address.operation === 'list-service-quotas' ? 'servicequotas' : undefined
    this.#authenticator.check(identity, head, bodySha256, service)
    const fault = script.take({ model: address.modelId, region, operation: address.operation })
    line.rule = fault?.id ?? null
    return { exchange, body, address, region, effect: fault?.rule.effect ?? NO_EFFECT }
  }

  #answer(admitted: Admitted): void {
    const { exchange, effect, address, region, body } = admitted
    if (effect.stall === true) return
    const outlet = effect.chunkBytes === undefined ? exchange : new SlicedOutlet(exchange, effect.chunkBytes)
    if (sendScriptedRefusal(exchange, outlet, effect)) return
    switch (address.operation) {
      case 'list-foundation-models':
        sendJson(admitted, outlet, listFoundationModels(this.#options.models, region, address.query))
        return
      case 'list-inference-profiles':
        sendJson(admitted, outlet, listInferenceProfiles(this.#options.models, region, address.query))
        return
      case 'get-foundation-model':
        sendJson(admitted, outlet, getFoundationModel(this.#options.models, region, address.modelId))
        return
      case 'get-inference-profile':
        sendJson(admitted, outlet, getInferenceProfile(this.#options.models, region, address.modelId))
        return
      case 'get-foundation-model-availability': {
        const { models, withoutAccess } = this.#options
        const place = { region, modelId: address.modelId }
        sendJson(admitted, outlet, getFoundationModelAvailability(models, place, withoutAccess))
        return
      }
      case 'list-service-quotas':
        sendJson(admitted, outlet, listServiceQuotas(this.#options.models, region, body))
        return
      case 'count-tokens':
        sendJson(admitted, outlet, countTokens(this.#directory, { modelId: address.modelId, region }, body))
        return
      default: {
        const model = this.#directory.resolve(address.modelId, region)
        if (this.#options.withoutAccess.includes(model.baseModelId ?? model.id)) throw noAccess()
        if (model.purpose === 'embedding' && address.operation === 'invoke') {
          this.#embed(admitted, outlet, model)
          return
        }
        const told = exchange.head.headers[TIER_HEADER]
        const tierHeader = told === undefined ? undefined : String(told)
        const request = { operation: address.operation, body, tierHeader }
        this.#serve(admitted, outlet, readModelCall(request, model))
      }
    }
  }

  #embed(admitted: Admitted, outlet: Outlet, model: SimulatedModel): void {
    const { exchange, body } = admitted
    const send = ({ json, tokens }: EmbeddingAnswer): void => {
      sendJson(admitted, outlet, json, {
        'x-amzn-bedrock-input-token-count': tokens,
        'x-amzn-bedrock-invocation-latency': exchange.elapsedMs(),
      })
    }
    whenSettled(embeddings(model, body), (take) => {
      guarded(exchange, () => {
        const answer = take()
        exchange.line.promptTokens = answer.tokens
        exchange.later(this.#options.latency.firstTokenMs, () => guarded(exchange, () => send(answer)))
      })
    })
  }

  #serve(admitted: Admitted, outlet: Outlet, call: ModelCall): void {
    const { exchange, effect, region } = admitted
    const { cache, latency, seed } = this.#options
    const lookBack = call.model.format === 'claude' ? CLAUDE_LOOKS_BACK : 0
    const promptUsage = cache.account(call.prompt, `${call.model.id} ${region}`, lookBack)
    const { line } = exchange
    line.promptTokens = promptUsage.inputTokens + promptUsage.cacheReadTokens + promptUsage.cacheWriteTokens
    const seedHex = hash('sha256', `${seed} ${call.model.id} ${line.bodySha256 ?? ''}`)
    const answer = composeAnswer({
      prompt: call.prompt,
      modelName: call.model.name,
      region,
      modelMaxTokens: call.model.maxOutputTokens,
      seedHex,
      promptUsage,
      scriptedText: effect.answer?.text ?? null,
      ...(call.model.format === 'claude' ? { sealThought: sealOf(call) } : {}),
    })
    const elapsedMs = (): number => exchange.elapsedMs()
    const serving: Serving = { answer, model: call.model, seedHex, elapsedMs, ...call.options }
    const waitMs = latency.firstTokenMs + (call.streams ? 0 : answer.usage.outputTokens * latency.perTokenMs)
    exchange.later(waitMs, () => {
      guarded(exchange, () => {
        if (call.streams) this.#stream(admitted, outlet, call, serving)
        else sendAnswer(admitted, outlet, call, serving)
      })
    })
  }

  #stream(admitted: Admitted, outlet: Outlet, call: ModelCall, serving: Serving): void {
    const { exchange, effect } = admitted
    const parts = answerParts(serving.answer, effect.answer?.pieces ?? null)
    outlet.begin(200, {
      'content-type': eventStreamType,
      'x-amzn-requestid': exchange.line.requestId,
      ...(call.isInvoke ? { 'x-amzn-bedrock-content-type': 'application/json', ...tierTold(serving) } : {}),
    })
    new StreamEmission({
      outlet,
      parts: effect.withoutMetadata === true ? parts.filter((part) => part.kind !== 'usage') : parts,
      format: call.stream(serving),
      usage: serving.answer.usage,
      record: exchange.line,
      perTokenMs: this.#options.latency.perTokenMs,
      perChunkMs: effect.slowChunksMs ?? 0,
      break: answerBreak(effect),
    }).run()
  }
}

/** Of a thought that is not shown the signature is over nothing. */
const sealOf =
  ({ prompt: { reasoning } }: ModelCall) =>
  (thought: string) =>
    sealThought(reasoning?.told === 'hidden' ? '' : thought, thought, reasoning?.binding)

const tierTold = ({ serviceTier }: Serving): Readonly<Record<string, string>> =>
  serviceTier === null ? {} : { [TIER_HEADER]: serviceTier }

function sendAnswer(admitted: Admitted, outlet: Outlet, call: ModelCall, serving: Serving): void {
  const { usage } = serving.answer
  const invokeHeaders = {
    'x-amzn-bedrock-input-token-count': usage.inputTokens,
    'x-amzn-bedrock-output-token-count': usage.outputTokens,
    'x-amzn-bedrock-invocation-latency': serving.elapsedMs(),
    ...tierTold(serving),
  }
  if (!sendJson(admitted, outlet, call.body(serving), call.isInvoke ? invokeHeaders : {})) return
  const { line } = admitted.exchange
  line.usage = usage
  line.tokens = usage.outputTokens
}

/** Sends a body that does not stream, with the scripted break; true when it was sent whole. */
function sendJson(
  admitted: Admitted,
  outlet: Outlet,
  json: string,
  headers: Readonly<Record<string, number>> = {},
): boolean {
  const { exchange, effect } = admitted
  const broken = answerBreak(effect)
  if (broken?.how === 'exception') {
    throw new BedrockFailure(upperFirst(broken.exceptionName), broken.message ?? undefined)
  }
  const answer = {
    status: 200,
    headers: { 'content-type': 'application/json', 'x-amzn-requestid': exchange.line.requestId, ...headers },
    body: Buffer.from(json, 'utf8'),
  }
  return sendWhole(outlet, answer, broken) === 'complete'
}

/** Runs a step; a refusal is sent as one, anything else becomes a 500 whose cause the ledger tells. */
function guarded(exchange: Exchange, step: () => void): void {
  try {
    step()
  } catch (error) {
    if (!(error instanceof BedrockFailure)) {
      exchange.line.failure = error instanceof Error ? (error.stack ?? error.message) : String(error)
    }
    const failure = error instanceof BedrockFailure ? error : new BedrockFailure('InternalServerException')
    if (exchange.line.status === null) sendFailure(exchange, exchange, failure)
    else exchange.cut()
  }
}

/** `bedrock-runtime.eu-west-1.amazonaws.com` → `eu-west-1`; null for a host that tells no region. */
function regionOfHost(exchange: Exchange): string | null {
  const host = exchange.head.headers.host ?? exchange.head.headers[':authority']
  return /^bedrock(?:-runtime)?(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com/.exec(String(host))?.[1] ?? null
}

const noAccess = (): BedrockFailure =>
  new BedrockFailure(
    'AccessDeniedException',
    "You don't have access to the model with the specified model ID.",
  )

function upperFirst(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`
}

function bodyRefusal(outcome: 'too-large' | 'too-many'): {
  readonly status: number
  readonly body: string
} {
  if (outcome === 'too-large') {
    return {
      status: 413,
      body: failureBody(
        'RequestEntityTooLargeException',
        'Request size exceeded the limit of 25000000 bytes.',
      ),
    }
  }
  return {
    status: 503,
    body: failureBody('ServiceUnavailableException', 'Too many request bodies are in flight.'),
  }
}
