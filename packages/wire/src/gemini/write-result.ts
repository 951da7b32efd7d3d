import type {
  ChatResult,
  Citation,
  ContentPart,
  JsonObject,
  ReasoningPart,
  ToolCallPart,
} from '@pointsman/contract'

import type { AnswerAbout } from '../dialect.ts'
import { leftOutOfObjects } from '../left-out.ts'
import { writeSealed, writeSignature } from '../signatures.ts'
import { callIdOf } from '../tool-ids.ts'
import { writeFinish } from './finish-reasons.ts'
import { writeLogprobs } from './quirk-logprobs.ts'
import { writeCitations } from './quirk-citations.ts'
import { writeUsage } from './usage.ts'
import { joinSignatures, readArguments, writeBareSignature, writeThought } from './quirk-write-parts.ts'

const encoder = new TextEncoder()

export function writeReasoning({ text, signature }: ReasoningPart): JsonObject {
  if (signature === null) return writeThought(text, null)
  const value = writeSignature(signature, 'google')
  return text === '' && signature.signer === 'google' ? writeBareSignature(value) : writeThought(text, value)
}

/** Null where the arguments are no JSON object: no tool must run on half its arguments. */
export function writeCall(part: ToolCallPart, answerId: string, position: number): JsonObject | null {
  const args = readArguments(part.argumentsJson)
  if (args === null) return null
  const signature = part.signature ?? null
  return {
    functionCall: { id: callIdOf(part.id, answerId, position), name: part.name, args },
    ...(signature === null ? {} : { thoughtSignature: writeSignature(signature, 'google') }),
  }
}

function writePart(part: ContentPart, answerId: string, position: number): JsonObject | null {
  switch (part.kind) {
    case 'text':
      return { text: part.text }
    case 'reasoning':
      return writeReasoning(part)
    case 'redacted-reasoning':
      return writeThought('', writeSealed(part.data, 'google'))
    case 'tool-call':
      return writeCall(part, answerId, position)
    case 'image':
      return part.source.kind === 'base64'
        ? { inlineData: { mimeType: part.mediaType ?? 'image/png', data: part.source.data } }
        : null
    case 'foreign':
      return part.dialect === 'gemini' && typeof part.value === 'object' && part.value !== null
        ? (part.value as JsonObject)
        : null
    case 'cache-mark':
    case 'document':
    case 'tool-result':
      // No model answers with these in a form that Gemini's answers have.
      return null
  }
}

const hasPlace = (part: ContentPart): boolean =>
  part.kind === 'image' ? part.source.kind === 'base64' : part.kind === 'foreign' && part.dialect === 'gemini'

export const resultWarnings = (result: ChatResult): readonly string[] =>
  leftOutOfObjects({ ...result, parts: result.parts.filter((part) => !hasPlace(part)) })

const citationsOf = (part: ContentPart): readonly Citation[] =>
  part.kind === 'text' ? (part.citations ?? []) : []

/** What every answer and every chunk says of itself. */
export const aboutMembers = (about: AnswerAbout): JsonObject => ({
  modelVersion: about.model,
  responseId: about.answerId,
})

/** A whole answer of `generateContent`. Figures that are not known are left out, never zero. */
export function writeResult(result: ChatResult, about: AnswerAbout): Uint8Array {
  const calls = result.parts.filter((part) => part.kind === 'tool-call')
  const written = result.parts.map((part) =>
    writePart(part, about.answerId, part.kind === 'tool-call' ? calls.indexOf(part) : 0),
  )
  const brokenCalls = calls.some((call) => readArguments(call.argumentsJson) === null)
  const citations = writeCitations(result.parts.flatMap(citationsOf))
  const usage = writeUsage(result.usage, result.serviceTier)
  const body = {
    candidates: [
      {
        content: { parts: joinSignatures(written.filter((part) => part !== null)), role: 'model' },
        ...writeFinish(result.finish, brokenCalls),
        index: 0,
        ...(citations === null ? {} : { citationMetadata: citations }),
        ...(result.logprobs === null ? {} : { logprobsResult: writeLogprobs(result.logprobs) }),
      },
    ],
    ...(usage === null ? {} : { usageMetadata: usage }),
    ...aboutMembers(about),
  }
  return encoder.encode(JSON.stringify(body))
}
