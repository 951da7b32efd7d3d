import { hash } from 'node:crypto'
import type { Answer } from '../answer/answer.ts'
import { composeAnswer } from '../answer/compose.ts'
import { answerParts } from '../answer/parts.ts'
import type { PromptCache } from '../answer/prompt-cache.ts'
import type { SimulatedCredentials } from '../bedrock/authentication.ts'
import type { Outlet } from '../emission/outlet.ts'
import { SlicedOutlet } from '../emission/sliced-outlet.ts'
import { StreamEmission } from '../emission/stream-emission.ts'
import { sendWhole } from '../emission/whole-answer.ts'
import type { Exchange, RequestHead } from '../exchange.ts'
import type { Face, SimulatedLatency } from '../face.ts'
import type { FaultScript } from '../faults/fault-script.ts'
import { answerBreak } from '../faults/rule.ts'
import type { FaultEffect } from '../faults/rule.ts'
import type { SimulatedModel } from '../simulated-model.ts'
import { whenSettled } from '../when-settled.ts'
import { isGeminiRequest, readAddress } from './address.ts'
import type { Address } from './address.ts'
import { GeminiAuthenticator, readApiKey } from './authentication.ts'
import { failureBody, GeminiFailure } from './failure.ts'
import { blockedBody, generateBody, GenerateStream, streamedParts } from './generate-answer.ts'
import { GeminiModels } from './model-rules.ts'
import { getModel, listModels } from './models-list.ts'
import { countTokens, embed, readModelCall } from './operations.ts'
import type { ModelCall } from './operations.ts'
import { jsonType, retryHeader, scriptedFailure, sendFailure, sendScriptedStatus } from './refusal.ts'
import { endAsScripted, onlyMember } from './scripted-answer.ts'
import type { Serving } from './serving.ts'
import { accountImplicitly, promptModalities } from './usage.ts'

export interface GeminiFaceOptions {
  readonly models: readonly SimulatedModel[]
  readonly credentials: SimulatedCredentials | undefined
  readonly latency: SimulatedLatency
  readonly seed: string
  readonly script: FaultScript
  readonly cache: PromptCache
}

/** A request whose sender was let in. */
interface Admitted {
  readonly exchange: Exchange
  readonly body: Buffer
  readonly address: Address
  readonly effect: FaultEffect
}

/** What rules and the ledger have for the region of an API without regions. */
const REGION = 'global'
const NO_EFFECT: FaultEffect = {}

/** The Gemini API of Google AI, generativelanguage.googleapis.com. */
export class GeminiFace implements Face {
  /** 100 MB (blog.google, Gemini API new file limits, read 2026-11). */
  readonly mostBodyBytes = 100 * 1_048_576
  readonly #options: GeminiFaceOptions
  readonly #models: GeminiModels
  readonly #authenticator: GeminiAuthenticator

  constructor(options: GeminiFaceOptions) {
    this.#options = options
    this.#models = new GeminiModels(options.models)
    this.#authenticator = new GeminiAuthenticator(options.credentials)
  }

  takes(head: RequestHead): boolean {
    return isGeminiRequest(head)
  }

  bodyRefusal(outcome: 'too-large' | 'too-many'): { readonly status: number; readonly body: string } {
    const failure =
      outcome === 'too-large'
        ? new GeminiFailure(
            'INVALID_ARGUMENT',
            `Request payload size exceeds the limit: ${this.mostBodyBytes} bytes.`,
          )
        : new GeminiFailure('UNAVAILABLE')
    return { status: failure.code, body: failureBody(failure) }
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
    line.bodyBytes = body.length
    line.bodySha256 = hash('sha256', body)
    line.region = REGION
    const address = readAddress(head.method, head.target)
    line.operation = address.operation
    line.model = address.modelId === '' ? null : address.modelId.slice(0, 2_048)
    const key = readApiKey(head, address.query)
    line.authorization = { kind: key === null ? 'none' : 'apiKey', keyId: null }
    this.#authenticator.check(key, head)
    const { modelId, operation } = address
    const fault = this.#options.script.take({ model: modelId, region: REGION, operation })
    line.rule = fault?.id ?? null
    return { exchange, body, address, effect: fault?.rule.effect ?? NO_EFFECT }
  }

  #answer(admitted: Admitted): void {
    const { exchange, effect, address, body } = admitted
    if (effect.stall === true) return
    const outlet = effect.chunkBytes === undefined ? exchange : new SlicedOutlet(exchange, effect.chunkBytes)
    if (sendScriptedStatus(outlet, effect)) return
    const failure = scriptedFailure(effect)
    if (failure !== null) {
      sendFailure(exchange, outlet, failure, retryHeader(effect))
      return
    }
    switch (address.operation) {
      case 'list-gemini-models':
        sendJson(admitted, outlet, listModels(this.#models.models, address.query))
        return
      case 'get-gemini-model':
        sendJson(admitted, outlet, getModel(this.#models.named(address.modelId)))
        return
      case 'gemini-count-tokens':
        sendJson(admitted, outlet, countTokens(address, this.#models, body))
        return
      case 'embed-content':
      case 'batch-embed-contents':
        whenSettled(embed(address, this.#models, body), (take) => {
          guarded(exchange, () => void sendJson(admitted, outlet, take()))
        })
        return
      default:
        this.#serve(
          admitted,
          outlet,
          readModelCall({ ...address, operation: address.operation }, this.#models, body),
        )
    }
  }

  #serve(admitted: Admitted, outlet: Outlet, call: ModelCall): void {
    const { exchange, effect } = admitted
    const { latency } = this.#options
    const serving = this.#compose(admitted, call)
    const { outputTokens } = serving.answer.usage
    const waitMs = latency.firstTokenMs + (call.streams ? 0 : outputTokens * latency.perTokenMs)
    exchange.later(effect.blockReason === undefined ? waitMs : latency.firstTokenMs, () => {
      guarded(exchange, () => {
        if (call.streams) this.#stream(admitted, outlet, call, serving)
        else sendAnswer(admitted, outlet, serving)
      })
    })
  }

  #compose(admitted: Admitted, call: ModelCall): Serving {
    const { exchange, effect } = admitted
    const { cache, seed } = this.#options
    const { model, generation } = call
    const promptUsage = accountImplicitly(cache, call.prompt, model)
    exchange.line.promptTokens = promptUsage.inputTokens + promptUsage.cacheReadTokens
    const seedHex = hash('sha256', `${seed} ${model.id} ${exchange.line.bodySha256 ?? ''}`)
    const answers = Array.from({ length: generation.candidates }, (_none, index): Answer => {
      const composed = composeAnswer({
        prompt: call.answered,
        modelName: model.name,
        region: null,
        modelMaxTokens: model.maxOutputTokens,
        seedHex: index === 0 ? seedHex : hash('sha256', `${seedHex} candidate ${index}`),
        promptUsage,
        scriptedText: effect.answer?.text ?? null,
      })
      return endAsScripted(generation.isBareEnum ? onlyMember(composed) : composed, effect, call.streams)
    })
    const [answer, ...others] = answers
    if (answer === undefined) throw new Error('no candidate was composed')
    return {
      answer,
      others,
      model,
      seedHex,
      responseId: Buffer.from(exchange.line.requestId.replaceAll('-', ''), 'hex').toString('base64url'),
      modalities: promptModalities(call.prompt, model),
      showsThoughts: generation.thinking.isShown,
      thought: generation.thinking.budgetTokens !== null || (model.generation ?? 0) >= 3,
      logprobs: generation.logprobs,
      serviceTier: call.serviceTier,
      scriptedFinish: effect.finishReason ?? null,
    }
  }

  #stream(admitted: Admitted, outlet: Outlet, call: ModelCall, serving: Serving): void {
    const { exchange, effect } = admitted
    const isBlocked = effect.blockReason !== undefined
    const parts = isBlocked
      ? ([{ kind: 'start' }, { kind: 'stop' }, { kind: 'usage' }] as const)
      : streamedParts(answerParts(serving.answer, effect.answer?.pieces ?? null), serving.showsThoughts)
    const tellsUsage = effect.withoutMetadata !== true
    outlet.begin(200, {
      'content-type': call.framing === 'json-array' ? jsonType : 'text/event-stream',
      'content-disposition': 'attachment',
    })
    new StreamEmission({
      outlet,
      parts: tellsUsage ? parts : parts.filter((part) => part.kind !== 'usage'),
      format: new GenerateStream(serving, {
        framing: call.framing,
        tellsUsage,
        blockReason: effect.blockReason ?? null,
      }),
      usage: serving.answer.usage,
      record: exchange.line,
      perTokenMs: this.#options.latency.perTokenMs,
      perChunkMs: effect.slowChunksMs ?? 0,
      break: answerBreak(effect),
    }).run()
  }
}

function sendAnswer(admitted: Admitted, outlet: Outlet, serving: Serving): void {
  const { blockReason, withoutMetadata } = admitted.effect
  const tellsUsage = withoutMetadata !== true
  const body =
    blockReason === undefined ? generateBody(serving, tellsUsage) : blockedBody(serving, blockReason)
  if (!sendJson(admitted, outlet, body)) return
  const { line } = admitted.exchange
  const answers = [serving.answer, ...serving.others]
  const outputTokens = answers.reduce((sum, answer) => sum + answer.usage.outputTokens, 0)
  line.usage = tellsUsage ? { ...serving.answer.usage, outputTokens } : null
  line.tokens = outputTokens
}

/** Sends a body that does not stream, with the scripted break; true when it was sent whole. */
function sendJson(admitted: Admitted, outlet: Outlet, json: string): boolean {
  const broken = answerBreak(admitted.effect)
  if (broken?.how === 'exception') {
    throw new GeminiFailure(broken.exceptionName, broken.message ?? undefined)
  }
  const answer = { status: 200, headers: { 'content-type': jsonType }, body: Buffer.from(json, 'utf8') }
  return sendWhole(outlet, answer, broken) === 'complete'
}

/** Runs a step; a refusal is sent as one, anything else becomes a 500 whose cause the ledger tells. */
function guarded(exchange: Exchange, step: () => void): void {
  try {
    step()
  } catch (error) {
    if (!(error instanceof GeminiFailure)) {
      exchange.line.failure = error instanceof Error ? (error.stack ?? error.message) : String(error)
    }
    const failure = error instanceof GeminiFailure ? error : new GeminiFailure('INTERNAL')
    if (exchange.line.status === null) sendFailure(exchange, exchange, failure)
    else exchange.cut()
  }
}
