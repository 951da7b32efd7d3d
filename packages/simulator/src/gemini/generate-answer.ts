import { hash } from 'node:crypto'
import type { Answer, AnswerPart } from '../answer/answer.ts'
import type { StreamFormat } from '../emission/stream-emission.ts'
import { isJsonObject } from '../json.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import { failureMembers, GeminiFailure } from './failure.ts'
import { logprobsOf } from './logprobs.ts'
import { callId, finishReason, signedBlock } from './serving.ts'
import type { Serving } from './serving.ts'
import { thoughtSignature } from './signatures.ts'
import { thoughtTokens, usageMetadata } from './usage.ts'

/** The body of a generateContent answer. */
export function generateBody(serving: Serving, tellsUsage: boolean): string {
  const answers = [serving.answer, ...serving.others]
  const told = {
    usage: serving.answer.usage,
    modalities: serving.modalities,
    candidateTokens: answers.reduce((sum, one) => sum + one.usage.outputTokens - thoughtTokens(one), 0),
    thoughtTokens: answers.reduce((sum, one) => sum + thoughtTokens(one), 0),
  }
  return indented({
    candidates: answers.map((answer, index) => candidate(serving, answer, index)),
    ...(tellsUsage ? { usageMetadata: { ...usageMetadata(told), ...tier(serving) } } : {}),
    modelVersion: serving.model.id,
    responseId: serving.responseId,
  })
}

/** The body for a prompt that was blocked: no candidates, and why. */
export function blockedBody(serving: Serving, blockReason: string): string {
  return indented(blockedMembers(serving, blockReason))
}

function blockedMembers(serving: Serving, blockReason: string): JsonObject {
  const { usage } = serving.answer
  return {
    promptFeedback: { blockReason },
    usageMetadata: usageMetadata({
      usage,
      modalities: serving.modalities,
      candidateTokens: 0,
      thoughtTokens: 0,
    }),
    modelVersion: serving.model.id,
    responseId: serving.responseId,
  }
}

function candidate(serving: Serving, answer: Answer, index: number): JsonObject {
  const signed = signedBlock(serving, answer)
  const parts = answer.blocks.flatMap((block, position): readonly JsonObject[] => {
    const signature = position === signed ? { thoughtSignature: signatureOf(serving, index) } : {}
    switch (block.kind) {
      case 'reasoning':
        return serving.showsThoughts ? [{ text: block.text, thought: true }] : []
      case 'text':
        return [{ text: block.text, ...signature }]
      case 'toolUse':
        return [{ ...functionCall(serving, block), ...signature }]
    }
  })
  const text = answer.blocks.map((block) => (block.kind === 'text' ? block.text : '')).join('')
  return {
    // A message without parts is `{"role":"model"}`: protocol buffers leave out empty lists.
    content: parts.length === 0 ? { role: 'model' } : { parts, role: 'model' },
    ...ending(serving, answer),
    index,
    ...(serving.logprobs === null ? {} : logprobsOf(text, serving.logprobs, serving.seedHex)),
  }
}

/** Why it ended, and what the vendor tells with some reasons. */
function ending(serving: Serving, answer: Answer): JsonObject {
  const reason = finishReason(serving, answer)
  if (reason === 'MALFORMED_FUNCTION_CALL') {
    return { finishReason: reason, finishMessage: 'Malformed function call: print(default_api.' }
  }
  if (reason !== 'SAFETY') return { finishReason: reason }
  return { finishReason: reason, safetyRatings: [BLOCKED_RATING] }
}

const BLOCKED_RATING = {
  category: 'HARM_CATEGORY_DANGEROUS_CONTENT',
  probability: 'HIGH',
  blocked: true,
}

function functionCall(
  serving: Serving,
  call: { readonly id: string; readonly name: string; readonly input: JsonValue },
): JsonObject {
  const args = isJsonObject(call.input) ? call.input : {}
  return { functionCall: { name: call.name, args, ...callId(serving, call.id) } }
}

function signatureOf(serving: Serving, candidateIndex: number): string {
  return thoughtSignature(serving.seedHex, candidateIndex)
}

function tier(serving: Serving): JsonObject {
  return serving.serviceTier === null ? {} : { serviceTier: serving.serviceTier }
}

function indented(value: JsonObject): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

/** How a stream puts its pieces on the wire. */
export type Framing = 'server-sent-events' | 'json-array'

export interface StreamOptions {
  readonly framing: Framing
  /** False when a script wants the usage left out. */
  readonly tellsUsage: boolean
  /** Set when a script blocks the prompt: the only piece then says so. */
  readonly blockReason: string | null
}

/**
 * streamGenerateContent: each piece is a whole response of its own, with the parts that are new and the usage so far;
 * the last says why it ended. A function call comes in one piece.
 */
export class GenerateStream implements StreamFormat {
  readonly #serving: Serving
  readonly #options: StreamOptions
  readonly #signed: number
  #candidateTokens = 0
  #isFirst = true

  constructor(serving: Serving, options: StreamOptions) {
    this.#serving = serving
    this.#options = options
    this.#signed = signedBlock(serving, serving.answer)
  }

  encode(part: AnswerPart): Uint8Array | null {
    switch (part.kind) {
      case 'reasoningDelta':
        return this.#parts([{ text: part.text, thought: true }])
      case 'textDelta':
        this.#candidateTokens += part.tokens
        return this.#parts([{ text: part.text }], this.#logprobs(part.text))
      case 'toolDelta':
        this.#candidateTokens += part.tokens
        return this.#parts([this.#call(part.index)])
      case 'stop':
        return this.#stop()
      default:
        return null
    }
  }

  exception(name: string, message: string | null): Uint8Array {
    const failure = new GeminiFailure(name, message ?? undefined)
    return this.#framed(JSON.stringify({ error: failureMembers(failure) }), true)
  }

  /** A field name that server-sent events do not have, or two elements with nothing between them. */
  brokenFrame(): Uint8Array {
    const piece = JSON.stringify(this.#response({ content: { parts: [{ text: 'broken' }], role: 'model' } }))
    return utf8(this.#options.framing === 'json-array' ? `${piece}${piece}` : `dat: ${piece}\r\n\r\n`)
  }

  brokenJson(): Uint8Array {
    return this.#framed('{"candidates": [{"content": {"parts": [{"text": "bro', false)
  }

  #call(index: number): JsonObject {
    const block = this.#serving.answer.blocks[index]
    if (block?.kind !== 'toolUse') throw new Error(`block ${index} is no call`)
    const signature = index === this.#signed ? { thoughtSignature: signatureOf(this.#serving, 0) } : {}
    return { ...functionCall(this.#serving, block), ...signature }
  }

  /** Those of one piece; their average is that of the piece. */
  #logprobs(text: string): JsonObject {
    const { logprobs, seedHex } = this.#serving
    return logprobs === null
      ? {}
      : logprobsOf(text, logprobs, hash('sha256', `${seedHex} ${this.#candidateTokens}`))
  }

  #parts(parts: readonly JsonObject[], beside: JsonObject = {}): Uint8Array {
    const members = { content: { parts, role: 'model' }, ...beside }
    return this.#framed(JSON.stringify(this.#response(members)), false)
  }

  /** The signature of words comes behind all of them, on an empty part. */
  #stop(): Uint8Array {
    const serving = this.#serving
    if (this.#options.blockReason !== null) {
      return this.#framed(JSON.stringify(blockedMembers(serving, this.#options.blockReason)), true)
    }
    const isTextSigned = serving.answer.blocks[this.#signed]?.kind === 'text'
    const last = isTextSigned ? { text: '', thoughtSignature: signatureOf(serving, 0) } : { text: '' }
    const response = this.#response({
      content: { parts: [last], role: 'model' },
      ...ending(serving, serving.answer),
    })
    return this.#framed(JSON.stringify(response), true)
  }

  #response(members: JsonObject): JsonObject {
    const serving = this.#serving
    const told = {
      usage: serving.answer.usage,
      modalities: serving.modalities,
      candidateTokens: this.#candidateTokens,
      thoughtTokens: thoughtTokens(serving.answer),
    }
    return {
      candidates: [{ ...members, index: 0 }],
      ...(this.#options.tellsUsage ? { usageMetadata: { ...usageMetadata(told), ...tier(serving) } } : {}),
      modelVersion: serving.model.id,
      responseId: serving.responseId,
    }
  }

  #framed(json: string, isLast: boolean): Uint8Array {
    if (this.#options.framing === 'server-sent-events') return utf8(`data: ${json}\r\n\r\n`)
    const opening = this.#isFirst ? '[' : ',\r\n'
    this.#isFirst = false
    return utf8(`${opening}${json}${isLast ? '\n]' : '\n'}`)
  }
}

/** The parts as this API sends them: a call whole, with all its tokens, and hidden thoughts not at all. */
export function streamedParts(parts: readonly AnswerPart[], showsThoughts: boolean): readonly AnswerPart[] {
  const kept: AnswerPart[] = []
  for (const part of parts) {
    if (part.kind === 'reasoningDelta' && !showsThoughts) continue
    const last = kept.at(-1)
    if (part.kind === 'toolDelta' && last?.kind === 'toolDelta' && last.index === part.index) {
      kept[kept.length - 1] = { ...last, json: last.json + part.json, tokens: last.tokens + part.tokens }
    } else {
      kept.push(part)
    }
  }
  return kept
}

function utf8(text: string): Uint8Array {
  return Buffer.from(text, 'utf8')
}
