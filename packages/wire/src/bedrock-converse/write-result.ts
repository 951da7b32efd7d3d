import type {
  ChatResult,
  ContentPart,
  Finish,
  JsonObject,
  ServedTier,
  ToolCallPart,
} from '@pointsman/contract'

import type { AnswerAbout } from '../dialect.ts'
import { bedrockTiers, writeServedTier } from '../service-tiers.ts'
import { callIdOf } from '../tool-ids.ts'
import { writeFinish } from './finish-reasons.ts'
import { writeAnswerText } from './quirk-citations.ts'
import { asksStopSequence, writeStopSequence } from './quirk-stop-sequence.ts'
import { isOfText } from '../signatures.ts'
import { writeAnswerSignature } from './quirk-signers.ts'
import { noObject, readArguments, wasCut } from '../tool-arguments.ts'
import { writeUsage } from './usage.ts'

const encoder = new TextEncoder()

/**
 * Converse holds arguments as an object. A call that was cut off with its answer is left out, because no tool
 * must run on half its arguments; `stopReason` says that the answer was cut.
 */
function writeToolCall(part: ToolCallPart, finish: Finish): readonly JsonObject[] {
  const input = readArguments(part.argumentsJson)
  if (input !== null) {
    return [...writeCallSignature(part), { toolUse: { toolUseId: part.id, name: part.name, input } }]
  }
  if (wasCut(finish)) return []
  throw noObject()
}

/** Calls have no place for a signature: it stands in a thought of its own before them. */
function writeCallSignature({ signature = null }: ToolCallPart): readonly JsonObject[] {
  if (signature === null) return []
  const reasoningText = { text: '', signature: writeAnswerSignature(signature) }
  return [{ reasoningContent: { reasoningText } }]
}

function writePart(part: ContentPart, finish: Finish): readonly JsonObject[] {
  switch (part.kind) {
    case 'text':
      return [writeAnswerText(part)]
    case 'tool-call':
      return writeToolCall(part, finish)
    case 'reasoning': {
      if (isOfText(part.signature, part.text === '')) return []
      const signature = part.signature === null ? {} : { signature: writeAnswerSignature(part.signature) }
      return [{ reasoningContent: { reasoningText: { text: part.text, ...signature } } }]
    }
    case 'redacted-reasoning':
      return [{ reasoningContent: { redactedContent: writeAnswerSignature(part.data) } }]
    case 'foreign':
      return part.dialect === 'bedrock-converse' ? [{ [part.name]: part.value }] : []
    case 'cache-mark':
    case 'image':
    case 'document':
    case 'tool-result':
      // No model answers with these in a form that Converse's answers have.
      return []
  }
}

/** Bedrock names every call; another vendor may not have. */
function withCallIds(parts: readonly ContentPart[], answerId: string): readonly ContentPart[] {
  const calls = parts.filter((part) => part.kind === 'tool-call')
  return parts.map((part) =>
    part.kind === 'tool-call' ? { ...part, id: callIdOf(part.id, answerId, calls.indexOf(part)) } : part,
  )
}

export function writeTier(served: ServedTier | null): JsonObject {
  const type = writeServedTier(bedrockTiers, served)
  return type === null ? {} : { serviceTier: { type } }
}

/** A whole Converse answer. Figures that are not known are left out, never zero. */
export function writeResult(result: ChatResult, about: AnswerAbout): Uint8Array {
  const usage = writeUsage(result.usage)
  const body = {
    output: {
      message: {
        role: 'assistant',
        content: withCallIds(result.parts, about.answerId).flatMap((part) => writePart(part, result.finish)),
      },
    },
    stopReason: writeFinish(result.finish),
    ...writeStopSequence(result.finish, asksStopSequence(about.asked)),
    usage,
    // Clients that check the form want a figure here.
    metrics: { latencyMs: result.upstreamLatencyMs ?? about.elapsedMs },
    ...writeTier(result.serviceTier),
  }
  return encoder.encode(JSON.stringify(body))
}
