import type { ContentPart, JsonObject, JsonValue, Signature, ToolCallPart } from '@pointsman/contract'

import { asObject, fieldPath, invalidField, needString, readObject, readString } from '../json-fields.ts'
import { isSealed, readSignature } from '../signatures.ts'
import { readFile, readInline } from './quirk-read-media.ts'
import { member, spelled } from './quirk-spelling.ts'

/** Of these a part holds one (@google/genai 2.32, `Part`). */
const contents = [
  'text',
  'inlineData',
  'fileData',
  'functionCall',
  'functionResponse',
  'executableCode',
  'codeExecutionResult',
  'toolCall',
  'toolResponse',
] as const

export type PartContent = (typeof contents)[number]

/** Null where a part holds none of those that are known. */
export const contentOf = (part: JsonObject): PartContent | null =>
  contents.find((name) => member(part, name) !== undefined && member(part, name) !== null) ?? null

/** Thoughts, as told from the answer itself. */
export const isThought = (part: JsonObject): boolean => part['thought'] === true

const signatureText = (part: JsonObject, path: string): string =>
  readString(part, spelled(part, 'thoughtSignature'), path) ?? ''

function signatureOf(part: JsonObject, path: string): Signature | null {
  const text = signatureText(part, path)
  return text === '' ? null : readSignature(text, 'google')
}

/**
 * A signature on a text that is no thought becomes reasoning without text, just before it; the writer joins the two
 * again.
 */
function readText(part: JsonObject, path: string): readonly ContentPart[] {
  const text = needString(part, 'text', path)
  const signature = signatureOf(part, path)
  if (isThought(part)) {
    return signature !== null && text === '' && isSealed(signatureText(part, path))
      ? [{ kind: 'redacted-reasoning', data: signature }]
      : [{ kind: 'reasoning', text, signature }]
  }
  const signed = signature === null ? [] : [{ kind: 'reasoning', text: '', signature } as const]
  return text === '' && signature !== null ? signed : [...signed, { kind: 'text', text }]
}

function readCall(part: JsonObject, path: string, madeId: string): ToolCallPart {
  const name = spelled(part, 'functionCall')
  const place = fieldPath(path, name)
  const call = asObject(part[name], place)
  const id = readString(call, 'id', place)
  const called = needString(call, 'name', place)
  if (called === '') throw invalidField(`${place}.name`, 'must not be empty.')
  return {
    kind: 'tool-call',
    id: id === null || id === '' ? madeId : id,
    name: called,
    argumentsJson: JSON.stringify(readObject(call, 'args', place) ?? {}),
    signature: signatureOf(part, path),
  }
}

const foreign = (name: string, value: JsonObject): ContentPart => ({
  kind: 'foreign',
  dialect: 'gemini',
  name,
  value,
})

/** A signature alone. */
function readBare(part: JsonObject, path: string): readonly ContentPart[] {
  const signature = signatureOf(part, path)
  if (signature !== null && isThought(part)) return [{ kind: 'redacted-reasoning', data: signature }]
  if (signature !== null) return [{ kind: 'reasoning', text: '', signature }]
  throw invalidField(path, `must hold one of ${contents.join(', ')}.`)
}

/**
 * One part of a request or an answer. `madeId` is for a call that has no id of its own. A function's response is read
 * by whoever knows the calls; here it is a foreign part. Throws `invalid_request` with the field.
 */
export function readPart(value: JsonValue, path: string, madeId: string): readonly ContentPart[] {
  const part = asObject(value, path)
  const content = contentOf(part)
  switch (content) {
    case null:
      return readBare(part, path)
    case 'text':
      return readText(part, path)
    case 'functionCall':
      return [readCall(part, path, madeId)]
    case 'inlineData':
    case 'fileData': {
      const name = spelled(part, content)
      const place = fieldPath(path, name)
      const media = asObject(part[name], place)
      const read = content === 'inlineData' ? readInline(media, place) : readFile(media, place)
      return [read ?? foreign(content, part)]
    }
    default:
      return [foreign(content, part)]
  }
}
