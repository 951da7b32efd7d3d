import { hash } from 'node:crypto'
import { isUtf8 } from 'node:buffer'
import type { Answer, AnswerPart } from '../answer/answer.ts'
import { composeAnswer } from '../answer/compose.ts'
import { answerParts } from '../answer/parts.ts'
import type { PromptCache } from '../answer/prompt-cache.ts'
import type { Prompt } from '../answer/prompt.ts'
import { estimatePromptTokens } from '../answer/token-estimate.ts'
import type { SimulatedCredentials } from '../bedrock/authentication.ts'
import type { Outlet, ResponseHeaders } from '../emission/outlet.ts'
import { SlicedOutlet } from '../emission/sliced-outlet.ts'
import { StreamEmission } from '../emission/stream-emission.ts'
import type { StreamFormat } from '../emission/stream-emission.ts'
import { sendWhole } from '../emission/whole-answer.ts'
import type { Exchange, RequestHead } from '../exchange.ts'
import type { Face, SimulatedLatency } from '../face.ts'
import type { FaultScript } from '../faults/fault-script.ts'
import { answerBreak } from '../faults/rule.ts'
import type { FaultEffect } from '../faults/rule.ts'
import { isJsonObject } from '../json.ts'
import type { JsonObject } from '../json.ts'
import type { SimulatedModel } from '../simulated-model.ts'
import { whenSettled } from '../when-settled.ts'
import { isOpenaiTarget, readAddress } from './address.ts'
import type { Address } from './address.ts'
import { OpenaiAuthenticator, readKey } from './authentication.ts'
import { choiceParts } from './choices.ts'
import { completionBody, CompletionStream } from './chat-answer.ts'
import { readChatRequest } from './chat-request.ts'
import { embeddingsBody } from './embeddings.ts'
import { failureBody, invalid, OpenaiFailure } from './failure.ts'
import { text } from './fields.ts'
import { OpenaiModels } from './models.ts'
import { accountUnasked } from './prompt-cache.ts'
import { RateBudget } from './rate-budget.ts'
import { sendFailure, sendScriptedRefusal } from './refusal.ts'
import { responseBody, responseId } from './response-answer.ts'
import type { ResponseServing } from './response-answer.ts'
import { outputItems } from './kept-input.ts'
import type { KeptResponse, ResponseMemory } from './response-memory.ts'
import { readResponseRequest } from './response-request.ts'
import { ResponseStream } from './response-stream.ts'
import { servedTier, usageOfAll } from './serving.ts'
import type { Serving } from './serving.ts'

export interface OpenaiFaceOptions {
  readonly models: readonly SimulatedModel[]
  readonly credentials: SimulatedCredentials | undefined
  readonly latency: SimulatedLatency
  readonly seed: string
  readonly script: FaultScript
  readonly cache: PromptCache
  readonly memory: ResponseMemory
  readonly now: () => number
}

/** A body that is JSON, or why it is none: a script may act on a request before its body is refused. */
type ParsedBody = { readonly root: JsonObject } | { readonly failure: OpenaiFailure }

/** A request whose sender was let in. */
interface Admitted {
  readonly exchange: Exchange
  readonly headers: () => ResponseHeaders
  readonly address: Address
  readonly body: ParsedBody
  readonly effect: FaultEffect
}

/** An answer that is composed, in one of the two forms. */
interface Writing {
  readonly serving: Serving
  readonly streams: boolean
  readonly body: () => string
  readonly stream: (pieces: number | null) => Streamed
}

interface Streamed {
  readonly tellsUsage: boolean
  readonly parts: readonly AnswerPart[]
  readonly format: StreamFormat
}

/** What rules and the ledger have for the region of an API without regions. */
const REGION = 'global'
const NO_EFFECT: FaultEffect = {}
const NO_BODY: ParsedBody = { root: {} }

/** The OpenAI API: chat completions, responses, embeddings, and the list of models. */
export class OpenaiFace implements Face {
  /** No limit of a whole request is published; this is the one of all its files. */
  readonly mostBodyBytes = 50 * 1_048_576
  readonly #options: OpenaiFaceOptions
  readonly #models: OpenaiModels
  readonly #authenticator: OpenaiAuthenticator
  readonly #budget: RateBudget

  constructor(options: OpenaiFaceOptions) {
    this.#options = options
    this.#models = new OpenaiModels(options.models)
    this.#authenticator = new OpenaiAuthenticator(options.credentials)
    this.#budget = new RateBudget(options.now)
  }

  takes(head: RequestHead): boolean {
    return isOpenaiTarget(head.target)
  }

  bodyRefusal(outcome: 'too-large' | 'too-many'): { readonly status: number; readonly body: string } {
    const failure =
      outcome === 'too-large'
        ? new OpenaiFailure('invalid_request_error', 'Request body is too large.', { status: 413 })
        : new OpenaiFailure('service_unavailable_error')
    return { status: failure.status, body: failureBody(failure) }
  }

  /** Answers a request whose body has been read. Never throws: what breaks becomes a 500 and is told in the ledger. */
  handle(exchange: Exchange, body: Buffer): void {
    exchange.line.requestId = `req_${exchange.line.requestId.replaceAll('-', '')}`
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
    const address = readAddress(head.method, head.target)
    line.operation = address.operation
    const key = readKey(head.headers)
    line.authorization = { kind: key === null ? 'none' : 'bearer', keyId: null }
    this.#authenticator.check(key)
    const body = head.method === 'POST' ? parsed(bytes) : NO_BODY
    const named = 'root' in body && typeof body.root['model'] === 'string' ? body.root['model'] : ''
    const model = address.modelId === '' ? named : address.modelId
    line.model = model === '' ? null : model.slice(0, 2_048)
    if ('root' in body && body.root['stream'] === true) line.operation = `${address.operation}-stream`
    const fault = this.#options.script.take({ model, region: REGION, operation: line.operation })
    line.rule = fault?.id ?? null
    const headers = (): ResponseHeaders => this.#headers(exchange)
    return { exchange, headers, address, body, effect: fault?.rule.effect ?? NO_EFFECT }
  }

  #answer(admitted: Admitted): void {
    const { exchange, effect, address, body } = admitted
    if (effect.stall === true) return
    const outlet = effect.chunkBytes === undefined ? exchange : new SlicedOutlet(exchange, effect.chunkBytes)
    if (sendScriptedRefusal(exchange, outlet, effect, this.#headers(exchange))) return
    if ('failure' in body) throw body.failure
    const { root } = body
    switch (address.operation) {
      case 'list-openai-models':
        sendJson(admitted, outlet, this.#models.list())
        return
      case 'get-openai-model':
        sendJson(admitted, outlet, this.#models.one(address.modelId))
        return
      case 'embeddings':
        whenSettled(embeddingsBody(root, this.#modelOf(root)), (take) => {
          this.#guarded(exchange, () => {
            const { json, tokens } = take()
            exchange.line.promptTokens = tokens
            sendJson(admitted, outlet, json)
          })
        })
        return
      case 'get-response':
        sendJson(admitted, outlet, this.#kept(address.responseId).body)
        return
      case 'delete-response': {
        const { id } = this.#kept(address.responseId)
        this.#options.memory.forget(id)
        sendJson(admitted, outlet, JSON.stringify({ id, object: 'response', deleted: true }))
        return
      }
      case 'responses-input-tokens': {
        const { prompt } = readResponseRequest(root, this.#chatModelOf(root), this.#options.memory)
        const tokens = estimatePromptTokens(prompt)
        exchange.line.promptTokens = tokens
        sendJson(admitted, outlet, JSON.stringify({ object: 'response.input_tokens', input_tokens: tokens }))
        return
      }
      default:
        this.#serve(admitted, outlet, this.#write(admitted, root))
    }
  }

  #kept(id: string): KeptResponse {
    const kept = this.#options.memory.response(id)
    if (kept !== null) return kept
    throw new OpenaiFailure('invalid_request_error', `Response with id '${id.slice(0, 100)}' not found.`, {
      status: 404,
    })
  }

  #modelOf = (root: JsonObject): SimulatedModel => this.#models.named(text(root['model'], 'model'))

  #chatModelOf(root: JsonObject): SimulatedModel {
    const model = this.#modelOf(root)
    if (model.purpose === 'chat') return model
    throw new OpenaiFailure(
      'invalid_request_error',
      'This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use v1/embeddings?',
      { status: 404, param: 'model' },
    )
  }

  #write(admitted: Admitted, root: JsonObject): Writing {
    const model = this.#chatModelOf(root)
    if (admitted.address.operation === 'responses') {
      const request = readResponseRequest(root, model, this.#options.memory)
      const serving = { ...this.#compose(admitted, model, request.prompt), request }
      const about = { ...serving, serviceTier: servedTier(request.serviceTier, model) }
      if (request.keeps) keep(this.#options.memory, about)
      return {
        serving: about,
        streams: request.streams,
        body: () => responseBody(about),
        stream: (pieces) => ({
          tellsUsage: about.tellsUsage,
          parts: answerParts(about.answer, pieces),
          format: new ResponseStream(about),
        }),
      }
    }
    const request = readChatRequest(root, model)
    const first = this.#compose(admitted, model, request.prompt)
    const others = Array.from({ length: request.count - 1 }, (_none, index) =>
      this.#composeAnswer(admitted, model, { prompt: request.prompt, salt: ` ${index + 1}` }),
    )
    const about = { ...first, others, request, serviceTier: servedTier(request.serviceTier, model) }
    return {
      serving: about,
      streams: request.streams,
      body: () => completionBody(about),
      stream: (pieces) => {
        const { parts, choiceOf } = choiceParts([about.answer, ...others], pieces)
        const tellsUsage = about.tellsUsage && request.streamsUsage
        return { tellsUsage, parts, format: new CompletionStream(about, choiceOf) }
      },
    }
  }

  #compose(admitted: Admitted, model: SimulatedModel, prompt: Prompt): Serving {
    const { line } = admitted.exchange
    return {
      answer: this.#composeAnswer(admitted, model, { prompt, salt: '' }),
      others: [],
      modelId: line.model ?? model.id,
      seedHex: this.#seedHex(admitted, model, ''),
      id: line.requestId.slice('req_'.length),
      createdS: Math.floor(this.#options.now() / 1_000),
      serviceTier: null,
      tellsUsage: admitted.effect.withoutMetadata !== true,
    }
  }

  #composeAnswer(
    { exchange, effect }: Admitted,
    model: SimulatedModel,
    { prompt, salt }: { readonly prompt: Prompt; readonly salt: string },
  ): Answer {
    const promptUsage = accountUnasked(this.#options.cache, prompt, model)
    const { line } = exchange
    line.promptTokens = promptUsage.inputTokens + promptUsage.cacheReadTokens
    this.#checkLength(line.promptTokens, model)
    return composeAnswer({
      prompt,
      modelName: model.name,
      region: null,
      modelMaxTokens: model.maxOutputTokens,
      seedHex: this.#seedHex({ exchange }, model, salt),
      promptUsage,
      scriptedText: effect.answer?.text ?? null,
    })
  }

  #checkLength(tokens: number, { contextTokens }: SimulatedModel): void {
    if (contextTokens === null || tokens <= contextTokens) return
    throw invalid(
      `This model's maximum context length is ${contextTokens} tokens. However, your messages resulted in ${tokens} tokens. Please reduce the length of the messages.`,
      'messages',
      'context_length_exceeded',
    )
  }

  #seedHex({ exchange }: Pick<Admitted, 'exchange'>, model: SimulatedModel, salt: string): string {
    return hash('sha256', `${this.#options.seed} ${model.id} ${exchange.line.bodySha256 ?? ''}${salt}`)
  }

  #serve(admitted: Admitted, outlet: Outlet, writing: Writing): void {
    const { exchange } = admitted
    const { latency } = this.#options
    const { outputTokens } = usageOfAll(writing.serving)
    this.#budget.spend({ tokens: (exchange.line.promptTokens ?? 0) + outputTokens })
    const waitMs = latency.firstTokenMs + (writing.streams ? 0 : outputTokens * latency.perTokenMs)
    exchange.later(waitMs, () => {
      this.#guarded(exchange, () => {
        if (writing.streams) this.#stream(admitted, outlet, writing)
        else sendAnswer(admitted, outlet, writing)
      })
    })
  }

  #stream({ exchange, effect }: Admitted, outlet: Outlet, { serving, stream }: Writing): void {
    const { tellsUsage, parts, format } = stream(effect.answer?.pieces ?? null)
    outlet.begin(200, { 'content-type': 'text/event-stream; charset=utf-8', ...this.#headers(exchange) })
    new StreamEmission({
      outlet,
      parts,
      format,
      usage: tellsUsage ? usageOfAll(serving) : null,
      record: exchange.line,
      perTokenMs: this.#options.latency.perTokenMs,
      perChunkMs: effect.slowChunksMs ?? 0,
      break: answerBreak(effect),
    }).run()
  }

  #headers(exchange: Exchange): ResponseHeaders {
    return {
      'x-request-id': exchange.line.requestId,
      'openai-version': '2020-10-01',
      'openai-processing-ms': String(exchange.elapsedMs()),
      'openai-organization': 'org-simulated',
      ...this.#budget.headers(),
    }
  }

  /** Runs a step; a refusal is sent as one, anything else becomes a 500 whose cause the ledger tells. */
  #guarded(exchange: Exchange, step: () => void): void {
    try {
      step()
    } catch (error) {
      if (!(error instanceof OpenaiFailure)) {
        exchange.line.failure = error instanceof Error ? (error.stack ?? error.message) : String(error)
      }
      const failure = error instanceof OpenaiFailure ? error : new OpenaiFailure('server_error')
      if (exchange.line.status === null) sendFailure(exchange, exchange, failure, this.#headers(exchange))
      else exchange.cut()
    }
  }
}

function keep(memory: ResponseMemory, serving: ResponseServing): void {
  const body = responseBody(serving)
  const output = outputItems(body)
  memory.keep({
    id: responseId(serving),
    body,
    items: [...serving.request.items, ...output.values()],
    output,
  })
}

function sendAnswer(admitted: Admitted, outlet: Outlet, { serving, body }: Writing): void {
  if (!sendJson(admitted, outlet, body())) return
  const { line } = admitted.exchange
  const usage = usageOfAll(serving)
  line.usage = serving.tellsUsage ? usage : null
  line.tokens = usage.outputTokens
}

/** Sends a body that does not stream, with the scripted break; true when it was sent whole. */
function sendJson({ headers: told, effect }: Admitted, outlet: Outlet, json: string): boolean {
  const broken = answerBreak(effect)
  if (broken?.how === 'exception') throw new OpenaiFailure(broken.exceptionName, broken.message ?? undefined)
  const headers = { 'content-type': 'application/json', ...told() }
  return sendWhole(outlet, { status: 200, headers, body: Buffer.from(json, 'utf8') }, broken) === 'complete'
}

function parsed(bytes: Buffer): ParsedBody {
  const failure = invalid(
    'We could not parse the JSON body of your request. (HINT: This likely means you aren’t using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)',
    null,
  )
  if (!isUtf8(bytes)) return { failure }
  try {
    const root: unknown = JSON.parse(bytes.toString('utf8'))
    return isJsonObject(root) ? { root } : { failure }
  } catch (error) {
    if (error instanceof SyntaxError) return { failure }
    throw error
  }
}
