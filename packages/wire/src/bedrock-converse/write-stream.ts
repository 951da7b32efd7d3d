import { unknownUsage } from '@pointsman/contract'
import type {
  AnswerBlock,
  AnswerPart,
  Finish,
  ServedTier,
  Signature,
  UsageBuckets,
} from '@pointsman/contract'

import { joinPieces } from '../join-pieces.ts'
import type { AnswerAbout, Crc32, StreamWriter } from '../dialect.ts'
import { encodeFrame, encodeHeaders } from '../framing/event-stream.ts'
import { StreamedArguments } from '../tool-arguments.ts'
import { callIdOf } from '../tool-ids.ts'
import { writeCitation } from './quirk-citations.ts'
import { asksStopSequence, writeStopSequence } from './quirk-stop-sequence.ts'
import type { AskedStopSequence } from './quirk-stop-sequence.ts'
import { writeFinish } from './finish-reasons.ts'
import { isOfText } from '../signatures.ts'
import { writeAnswerSignature } from './quirk-signers.ts'
import { writeUsage } from './usage.ts'
import { writeException } from './write-error.ts'
import { writeTier } from './write-result.ts'

type EventName =
  'messageStart' | 'contentBlockStart' | 'contentBlockDelta' | 'contentBlockStop' | 'messageStop' | 'metadata'

const headersOf = (name: EventName): Uint8Array =>
  encodeHeaders([
    [':event-type', name],
    [':content-type', 'application/json'],
    [':message-type', 'event'],
  ])

const headers: { readonly [Name in EventName]: Uint8Array } = {
  messageStart: headersOf('messageStart'),
  contentBlockStart: headersOf('contentBlockStart'),
  contentBlockDelta: headersOf('contentBlockDelta'),
  contentBlockStop: headersOf('contentBlockStop'),
  messageStop: headersOf('messageStop'),
  metadata: headersOf('metadata'),
}

const encoder = new TextEncoder()
const own = 'bedrock-converse'

/** Writes parts as ConverseStream events. Usage waits for the end: Bedrock tells it after `messageStop`. */
class EventWriter implements StreamWriter {
  readonly #answerId: string
  readonly #asksStopSequence: AskedStopSequence
  readonly #crc32: Crc32
  readonly #elapsedMsNow: () => number
  #calls = 0
  /** Blocks that the parts do not have and the form needs, less those that it leaves out. */
  #moved = 0
  /** The open block is a thought of which nothing was written. */
  #isBlank = false
  readonly #arguments = new StreamedArguments()
  #usage: UsageBuckets = unknownUsage
  #latencyMs: number | null = null
  #served: ServedTier | null = null
  #state: 'open' | 'finished' | 'failed' = 'open'

  constructor(about: AnswerAbout, crc32: Crc32) {
    const { answerId, asked } = about
    this.#answerId = answerId
    this.#asksStopSequence = asksStopSequence(asked)
    this.#crc32 = crc32
    this.#elapsedMsNow = () => about.elapsedMsNow()
  }

  write(part: AnswerPart): Uint8Array | null {
    const signed =
      part.type === 'block-start' && part.block.kind === 'tool-call' ? part.block.signature : null
    if (part.type === 'block-start' && signed) return this.#openSigned(part.index, part.block, signed)
    if (this.#leavesOut(part)) return null
    return this.#write(
      this.#moved !== 0 && 'index' in part ? { ...part, index: part.index + this.#moved } : part,
    )
  }

  /**
   * A thought that holds but the signature of a text, or a block that only another API has: it began without an event, and
   * so it ends.
   */
  #leavesOut(part: AnswerPart): boolean {
    if (part.type === 'block-start')
      this.#isBlank =
        part.block.kind === 'reasoning' || (part.block.kind === 'foreign' && part.block.dialect !== own)
    else if (part.type === 'reasoning-signature' && isOfText(part.signature, this.#isBlank)) return true
    else if (part.type === 'block-end' && this.#isBlank) {
      this.#isBlank = false
      this.#moved -= 1
      return true
    } else if (part.type === 'foreign-delta') return this.#isBlank
    else if ('index' in part) this.#isBlank = false
    return false
  }

  /** Calls have no place for a signature: it stands in a thought of its own before them, and moves all behind it. */
  #openSigned(at: number, block: AnswerBlock, signature: Signature): Uint8Array | null {
    const index = at + this.#moved
    this.#moved += 1
    const thought = this.#reasoning(index, 'signature', writeAnswerSignature(signature))
    const end = this.#event('contentBlockStop', `{"contentBlockIndex":${index}}`)
    return joinPieces([thought, end, this.#openBlock(index + 1, block) ?? new Uint8Array(0)])
  }

  #write(part: AnswerPart): Uint8Array | null {
    switch (part.type) {
      case 'start':
        return this.#event('messageStart', '{"role":"assistant"}')
      case 'block-start':
        return this.#openBlock(part.index, part.block)
      case 'text-delta':
        return this.#delta(part.index, `{"text":${JSON.stringify(part.text)}}`)
      case 'tool-arguments-delta':
        this.#arguments.add(part.json)
        return this.#delta(part.index, `{"toolUse":{"input":${JSON.stringify(part.json)}}}`)
      case 'reasoning-delta':
        return this.#reasoning(part.index, 'text', part.text)
      case 'reasoning-signature':
        return this.#reasoning(part.index, 'signature', writeAnswerSignature(part.signature))
      case 'redacted-reasoning':
        return this.#reasoning(part.index, 'redactedContent', writeAnswerSignature(part.data))
      case 'block-end':
        this.#arguments.endBlock()
        return this.#event('contentBlockStop', `{"contentBlockIndex":${part.index}}`)
      case 'finish':
        this.#arguments.finish(part.finish)
        this.#state = 'finished'
        return this.#stop(part.finish)
      case 'usage':
        this.#usage = part.usage
        this.#latencyMs = part.upstreamLatencyMs
        return null
      case 'service-tier':
        this.#served = part.served
        return null
      case 'error':
        this.#state = 'failed'
        return writeException(part.error.name, part.error.message, this.#crc32)
      case 'citation':
        return this.#delta(part.index, JSON.stringify({ citation: writeCitation(part.citation) }))
      case 'foreign-delta':
        return this.#delta(part.index, JSON.stringify(part.value))
      case 'logprobs':
      case 'unrecognised':
        return null
    }
  }

  /** `metadata`; nothing unless the answer finished. Usage that is not known is left out. */
  end(): Uint8Array | null {
    if (this.#state !== 'finished') return null
    // The official clients of typed languages must have a figure here.
    const metrics = { latencyMs: this.#latencyMs ?? this.#elapsedMsNow() }
    const told = { usage: writeUsage(this.#usage), metrics, ...writeTier(this.#served) }
    return this.#event('metadata', JSON.stringify(told))
  }

  #stop(finish: Finish): Uint8Array {
    const stopReason = writeFinish(finish)
    return this.#event(
      'messageStop',
      JSON.stringify({ stopReason, ...writeStopSequence(finish, this.#asksStopSequence) }),
    )
  }

  #event(name: EventName, payload: string): Uint8Array {
    return encodeFrame(headers[name], encoder.encode(payload), this.#crc32)
  }

  #delta(index: number, delta: string): Uint8Array {
    return this.#event('contentBlockDelta', `{"contentBlockIndex":${index},"delta":${delta}}`)
  }

  #reasoning(index: number, member: 'text' | 'signature' | 'redactedContent', value: string): Uint8Array {
    return this.#delta(index, `{"reasoningContent":{"${member}":${JSON.stringify(value)}}}`)
  }

  /** Only tool calls are announced, and what was: Bedrock's own text and reasoning blocks begin with their first delta. */
  #openBlock(index: number, block: AnswerBlock): Uint8Array | null {
    if (block.kind === 'foreign' && block.dialect === own && block.value !== null) {
      const start = { [block.name]: block.value }
      return this.#event('contentBlockStart', JSON.stringify({ contentBlockIndex: index, start }))
    }
    if (block.kind !== 'tool-call') return null
    const toolUse = { toolUseId: callIdOf(block.id, this.#answerId, this.#calls), name: block.name }
    this.#calls += 1
    this.#arguments.begin()
    return this.#event('contentBlockStart', JSON.stringify({ contentBlockIndex: index, start: { toolUse } }))
  }
}

export function createStreamWriter(about: AnswerAbout, crc32: Crc32): StreamWriter {
  return new EventWriter(about, crc32)
}
