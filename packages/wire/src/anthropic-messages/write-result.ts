import { joinedText } from '@pointsman/contract'
import type {
  ChatResult,
  ContentPart,
  CountResult,
  Finish,
  JsonObject,
  TextPart,
  ToolCallPart,
} from '@pointsman/contract'

import type { AnswerAbout } from '../dialect.ts'
import { isJsonObject } from '../json-fields.ts'
import { isOfText, writeSignature } from '../signatures.ts'
import { noObject, readArguments, wasCut } from '../tool-arguments.ts'
import { callIdOf } from '../tool-ids.ts'
import { writeFinish } from './finish-reasons.ts'
import { writeUsage } from './usage.ts'
import { writeCitation } from './quirk-citations.ts'

const encoder = new TextEncoder()

/**
 * Messages hold arguments as an object. A call that was cut off with its answer is left out, because no tool must run
 * on half its arguments; `stop_reason` says that the answer was cut.
 */
function writeToolCall(part: ToolCallPart, id: string, finish: Finish): readonly JsonObject[] {
  const input = readArguments(part.argumentsJson)
  if (input !== null) {
    const call = { type: 'tool_use', id, name: part.name, input, caller: { type: 'direct' } }
    return [...writeCallSignature(part), call]
  }
  if (wasCut(finish)) return []
  throw noObject()
}

/** Calls have no place for a signature: it stands in a thought of its own before them. */
function writeCallSignature({ signature = null }: ToolCallPart): readonly JsonObject[] {
  if (signature === null) return []
  return [{ type: 'thinking', thinking: '', signature: writeSignature(signature, 'anthropic') }]
}

function writeText({ text, citations }: TextPart): readonly JsonObject[] {
  if (text === '') return []
  const cited = citations === undefined || citations.length === 0 ? null : citations.map(writeCitation)
  return [{ type: 'text', text, citations: cited }]
}

function writePart(part: ContentPart, finish: Finish, nextId: (id: string) => string): readonly JsonObject[] {
  switch (part.kind) {
    case 'text':
      return writeText(part)
    case 'tool-call':
      return writeToolCall(part, nextId(part.id), finish)
    case 'reasoning': {
      if (isOfText(part.signature, part.text === '')) return []
      // Anthropic's thoughts are always signed; an empty one tells the next turn that these are not (scan-request.ts).
      const signature = part.signature === null ? '' : writeSignature(part.signature, 'anthropic')
      return [{ type: 'thinking', thinking: part.text, signature }]
    }
    case 'redacted-reasoning':
      return [{ type: 'redacted_thinking', data: writeSignature(part.data, 'anthropic') }]
    case 'foreign':
      return part.dialect === 'anthropic-messages' && isJsonObject(part.value) ? [part.value] : []
    case 'cache-mark':
    case 'image':
    case 'document':
    case 'tool-result':
      // No model answers with these in a form that Anthropic's answers have.
      return []
  }
}

/** A whole message. Figures that are not known are null, never zero. */
export function writeResult(result: ChatResult, about: AnswerAbout): Uint8Array {
  const { word, native } = writeFinish(result.finish)
  let calls = 0
  const nextId = (id: string): string => {
    calls += 1
    return callIdOf(id, about.answerId, calls - 1)
  }
  const body = {
    id: joinedText('msg_', about.answerId),
    type: 'message',
    role: 'assistant',
    model: about.model,
    content: result.parts.flatMap((part) => writePart(part, result.finish, nextId)),
    stop_reason: word,
    stop_sequence: result.finish.stopSequence ?? null,
    ...(native === null ? {} : { native_stop_reason: native }),
    usage: writeUsage(result.usage, result.serviceTier),
  }
  return encoder.encode(JSON.stringify(body))
}

export function writeCount({ inputTokens }: CountResult): Uint8Array {
  return encoder.encode(JSON.stringify({ input_tokens: inputTokens }))
}
