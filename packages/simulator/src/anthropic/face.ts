import { hash } from 'node:crypto'
import { composeAnswer } from '../answer/compose.ts'
import { answerParts } from '../answer/parts.ts'
import { CLAUDE_LOOKS_BACK } from '../answer/prompt-cache.ts'
import type { PromptCache } from '../answer/prompt-cache.ts'
import { estimatePromptTokens } from '../answer/token-estimate.ts'
import type { SimulatedCredentials } from '../bedrock/authentication.ts'
import type { Outlet, ResponseHeaders } from '../emission/outlet.ts'
import { SlicedOutlet } from '../emission/sliced-outlet.ts'
import { StreamEmission } from '../emission/stream-emission.ts'
import { sendWhole } from '../emission/whole-answer.ts'
import type { Exchange, RequestHead } from '../exchange.ts'
import type { Face, SimulatedLatency } from '../face.ts'
import type { FaultScript } from '../faults/fault-script.ts'
import { answerBreak } from '../faults/rule.ts'
import type { FaultEffect } from '../faults/rule.ts'
import type { JsonObject } from '../json.ts'
import type { SimulatedModel } from '../simulated-model.ts'
import { isAnthropicTarget, readAnthropicAddress } from './address.ts'
import type { AnthropicAddress } from './address.ts'
import { AnthropicAuthenticator, readAnthropicIdentity, readVersion } from './authentication.ts'
import type { AnthropicVersion } from './authentication.ts'
import { AnthropicFailure, failureBody } from './failure.ts'
import { messageBody, MessageStream } from './message-answer.ts'
import type { MessageServing } from './message-answer.ts'
import { AnthropicModels } from './models.ts'
import { RateBudget } from './rate-budget.ts'
import { sendFailure, sendScriptedRefusal } from './refusal.ts'
import { checkAbilities, checkSpeed, checkSpeedBeta, parseBody, readMessageRequest } from './request.ts'
import type { MessageRequest } from './request.ts'

export interface AnthropicFaceOptions {
  readonly models: readonly SimulatedModel[]
  readonly credentials: SimulatedCredentials | undefined
  readonly latency: SimulatedLatency
  readonly seed: string
  readonly script: FaultScript
  readonly cache: PromptCache
  readonly now: () => number
}

/** A body that is JSON, or why it is none: a script may act on a request before its body is refused. */
type ParsedBody = { readonly root: JsonObject } | { readonly failure: AnthropicFailure }

/** A request whose sender was let in. */
interface Admitted {
  readonly exchange: Exchange
  readonly address: AnthropicAddress
  readonly version: AnthropicVersion
  readonly body: ParsedBody
  readonly effect: FaultEffect
}

/** What rules and the ledger have for the region of an API without regions. */
const REGION = 'global'
const NO_EFFECT: FaultEffect = {}
const NO_BODY: ParsedBody = { root: {} }
const ORGANIZATION = '00000000-0000-4000-8000-000000000000'

/** The Anthropic API: messages, their token count, and the list of models. */
export class AnthropicFace implements Face {
  /** 32 MB (docs.anthropic.com, request size limits, read 2026-11). */
  readonly mostBodyBytes = 32 * 1_048_576
  readonly #options: AnthropicFaceOptions
  readonly #models: AnthropicModels
  readonly #authenticator: AnthropicAuthenticator
  readonly #budget: RateBudget

  constructor(options: AnthropicFaceOptions) {
    this.#options = options
    this.#models = new AnthropicModels(options.models)
    const { credentials } = options
    this.#authenticator = new AnthropicAuthenticator(
      credentials === undefined ? undefined : (credentials.apiKeys ?? []),
    )
    this.#budget = new RateBudget(options.now)
  }

  takes(head: RequestHead): boolean {
    return isAnthropicTarget(head.target, head.headers)
  }

  bodyRefusal(outcome: 'too-large' | 'too-many'): { readonly status: number; readonly body: string } {
    const failure =
      outcome === 'too-large'
        ? new AnthropicFailure('request_too_large')
        : new AnthropicFailure('overloaded_error')
    return { status: failure.status, body: failureBody(failure.name, failure.message, 'req_unread') }
  }

  /** Answers a request whose body has been read. Never throws: what breaks becomes a 500 and is told in the ledger. */
  handle(exchange: Exchange, body: Buffer): void {
    const { line } = exchange
    line.requestId = `req_01${line.requestId.replaceAll('-', '').slice(0, 22)}`
    this.#budget.spend({ requests: 1 })
    this.#guarded(exchange, () => {
      const admitted = this.#admit(exchange, body)
      exchange.later(admitted.effect.delayMs ?? 0, () => {
        this.#guarded(exchange, () => this.#answer(admitted))
      })
    })
  }

  #admit(exchange: Exchange, bytes: Buffer): Admitted {
    const { head, line } = exchange
    line.bodyBytes = bytes.length
    line.bodySha256 = hash('sha256', bytes)
    line.region = REGION
    const address = readAnthropicAddress(head.method, head.target)
    line.operation = address.operation
    const identity = readAnthropicIdentity(head.headers)
    line.authorization = identity.authorization
    this.#authenticator.check(identity)
    const version = readVersion(head.headers)
    const body = head.method === 'POST' ? parsed(bytes) : NO_BODY
    const named = 'root' in body && typeof body.root['model'] === 'string' ? body.root['model'] : ''
    const model = address.modelId === '' ? named : address.modelId
    line.model = model === '' ? null : model.slice(0, 2_048)
    if (address.operation === 'messages' && 'root' in body && body.root['stream'] === true) {
      line.operation = 'messages-stream'
    }
    const fault = this.#options.script.take({ model, region: REGION, operation: line.operation })
    line.rule = fault?.id ?? null
    return { exchange, address, version, body, effect: fault?.rule.effect ?? NO_EFFECT }
  }

  #answer(admitted: Admitted): void {
    const { exchange, effect, address, version, body } = admitted
    if (effect.stall === true) return
    const outlet = effect.chunkBytes === undefined ? exchange : new SlicedOutlet(exchange, effect.chunkBytes)
    if (sendScriptedRefusal(exchange, outlet, effect, this.#headers(exchange))) return
    if ('failure' in body) throw body.failure
    switch (address.operation) {
      case 'list-anthropic-models':
        this.#sendJson(admitted, outlet, this.#models.page(address.query))
        return
      case 'get-anthropic-model':
        this.#sendJson(admitted, outlet, this.#models.one(address.modelId))
        return
      case 'messages-count-tokens': {
        const request = readMessageRequest(body.root, version, true, this.#models)
        const { modelId, prompt } = request
        const model = this.#models.resolve(modelId)
        checkAbilities(prompt, model, modelId)
        checkSpeedBeta(request, model)
        const tokens = estimatePromptTokens(prompt)
        exchange.line.promptTokens = tokens
        this.#sendJson(admitted, outlet, JSON.stringify({ input_tokens: tokens }))
        return
      }
      case 'messages': {
        const request = readMessageRequest(body.root, version, false, this.#models)
        const model = this.#models.resolve(request.modelId)
        checkAbilities(request.prompt, model, request.modelId)
        checkSpeed(request, model)
        this.#serve(admitted, outlet, request, model)
      }
    }
  }

  #serve(admitted: Admitted, outlet: Outlet, request: MessageRequest, model: SimulatedModel): void {
    const { exchange, effect } = admitted
    const { cache, latency, seed } = this.#options
    const { line } = exchange
    const promptUsage = cache.account(request.prompt, `anthropic ${model.id}`, CLAUDE_LOOKS_BACK)
    line.promptTokens = promptUsage.inputTokens + promptUsage.cacheReadTokens + promptUsage.cacheWriteTokens
    const seedHex = hash('sha256', `${seed} ${model.id} ${line.bodySha256 ?? ''}`)
    const answer = composeAnswer({
      prompt: request.prompt,
      modelName: model.name,
      region: null,
      modelMaxTokens: model.maxOutputTokens,
      seedHex,
      promptUsage,
      scriptedText: effect.answer?.text ?? null,
    })
    this.#budget.spend({ inputTokens: line.promptTokens, outputTokens: answer.usage.outputTokens })
    const serving: MessageServing = {
      answer,
      modelId: request.modelId,
      isFast: request.isFast,
      place: request.place,
      seedHex,
      requestId: line.requestId,
      tellsUsage: effect.withoutMetadata !== true,
      scriptedStop: effect.finishReason ?? null,
    }
    const waitMs =
      latency.firstTokenMs + (request.streams ? 0 : answer.usage.outputTokens * latency.perTokenMs)
    exchange.later(waitMs, () => {
      this.#guarded(exchange, () => {
        if (request.streams) this.#stream(admitted, outlet, serving)
        else this.#sendMessage(admitted, outlet, serving)
      })
    })
  }

  #stream(admitted: Admitted, outlet: Outlet, serving: MessageServing): void {
    const { exchange, effect } = admitted
    const parts = answerParts(serving.answer, effect.answer?.pieces ?? null)
    outlet.begin(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      ...this.#headers(exchange),
    })
    new StreamEmission({
      outlet,
      parts: serving.tellsUsage ? parts : parts.filter((part) => part.kind !== 'usage'),
      format: new MessageStream(serving),
      usage: serving.answer.usage,
      record: exchange.line,
      perTokenMs: this.#options.latency.perTokenMs,
      perChunkMs: effect.slowChunksMs ?? 0,
      break: answerBreak(effect),
    }).run()
  }

  #sendMessage(admitted: Admitted, outlet: Outlet, serving: MessageServing): void {
    if (!this.#sendJson(admitted, outlet, messageBody(serving))) return
    const { line } = admitted.exchange
    line.usage = serving.tellsUsage ? serving.answer.usage : null
    line.tokens = serving.answer.usage.outputTokens
  }

  /** Sends a body that does not stream, with the scripted break; true when it was sent whole. */
  #sendJson(admitted: Admitted, outlet: Outlet, json: string): boolean {
    const { exchange, effect } = admitted
    const broken = answerBreak(effect)
    if (broken?.how === 'exception') {
      throw new AnthropicFailure(broken.exceptionName, broken.message ?? undefined)
    }
    const headers = { 'content-type': 'application/json', ...this.#headers(exchange) }
    const answer = { status: 200, headers, body: Buffer.from(json, 'utf8') }
    return sendWhole(outlet, answer, broken) === 'complete'
  }

  #headers(exchange: Exchange): ResponseHeaders {
    return {
      'request-id': exchange.line.requestId,
      'anthropic-organization-id': ORGANIZATION,
      ...this.#budget.headers(),
    }
  }

  /** Runs a step; a refusal is sent as one, anything else becomes a 500 whose cause the ledger tells. */
  #guarded(exchange: Exchange, step: () => void): void {
    try {
      step()
    } catch (error) {
      if (!(error instanceof AnthropicFailure)) {
        exchange.line.failure = error instanceof Error ? (error.stack ?? error.message) : String(error)
      }
      const failure = error instanceof AnthropicFailure ? error : new AnthropicFailure('api_error')
      if (exchange.line.status === null)
        sendFailure(exchange, exchange, failure, { 'request-id': exchange.line.requestId })
      else exchange.cut()
    }
  }
}

function parsed(bytes: Buffer): ParsedBody {
  try {
    return { root: parseBody(bytes) }
  } catch (error) {
    if (error instanceof AnthropicFailure) return { failure: error }
    throw error
  }
}
