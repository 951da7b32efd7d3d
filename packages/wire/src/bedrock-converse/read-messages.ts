import type {
  CacheMark,
  ChatMessage,
  ContentPart,
  DocumentPart,
  DocumentText,
  ForeignPart,
  ImagePart,
  JsonObject,
  JsonValue,
  MediaSource,
  Signature,
  SystemPart,
  ToolResultPart,
} from '@pointsman/contract'

import {
  asArray,
  asObject,
  asString,
  invalidField,
  needString,
  readArray,
  readString,
  wrongKind,
} from '../json-fields.ts'
import { readCitedText, readCiting } from './quirk-citations.ts'
import { readGivenSignature } from './quirk-signers.ts'
import { documentKinds, imageKinds, mediaTypeOf, needBase64 } from '../media.ts'
import { readSearchResult } from '../search-results.ts'
import { textsOf } from '../plain-texts.ts'
import { placed } from '../system-places.ts'

export interface Conversation {
  readonly system: readonly SystemPart[]
  readonly messages: readonly ChatMessage[]
  /** What has no place in the neutral form: `system` whole where it holds more than text and cache points. */
  readonly extras: readonly (readonly [string, JsonValue])[]
}

/** The one member of a union that is set. Throws `invalid_request`: Bedrock refuses none and several alike. */
export function onlyMember(
  value: JsonValue | undefined,
  path: string,
): { readonly name: string; readonly value: JsonValue } {
  const set = Object.entries(asObject(value, path)).filter(([, member]) => member !== null)
  const [first] = set
  if (first === undefined || set.length > 1) {
    throw invalidField(path, `must hold exactly one member; it holds ${set.length}.`)
  }
  return { name: first[0], value: first[1] }
}

const foreign = (name: string, value: JsonValue): ForeignPart => ({
  kind: 'foreign',
  dialect: 'bedrock-converse',
  name,
  value,
})

export function readCachePoint(value: JsonValue, path: string): CacheMark {
  const point = asObject(value, path)
  needString(point, 'type', path)
  const lifetime = readString(point, 'ttl', path)
  if (lifetime !== null && lifetime !== '5m' && lifetime !== '1h') {
    throw invalidField(`${path}.ttl`, 'must be "5m" or "1h".')
  }
  return { kind: 'cache-mark', lifetime }
}

/** Bytes or a place in S3; null for members that only Bedrock knows. */
function readSource(value: JsonValue | undefined, path: string): MediaSource | null {
  const source = onlyMember(value, path)
  if (source.name === 'bytes') {
    const field = `${path}.bytes`
    return { kind: 'base64', data: needBase64(asString(source.value, field), field) }
  }
  if (source.name !== 's3Location') return null
  const place = `${path}.s3Location`
  const location = asObject(source.value, place)
  return {
    kind: 's3',
    uri: needString(location, 'uri', place),
    bucketOwner: readString(location, 'bucketOwner', place),
  }
}

function readImage(value: JsonValue, path: string): ImagePart | ForeignPart {
  const image = asObject(value, path)
  const format = needString(image, 'format', path)
  const mediaType = mediaTypeOf(imageKinds, format)
  const source = readSource(image['source'], `${path}.source`)
  if (mediaType === null || source === null) return foreign('image', value)
  return { kind: 'image', mediaType, source }
}

/** Whole, or in pieces. */
function readDocumentText(
  { name, value }: { readonly name: string; readonly value: JsonValue },
  path: string,
): DocumentText | null {
  if (name === 'text') return { kind: 'text', text: asString(value, `${path}.text`) }
  const pieces = name === 'content' ? textsOf(value) : null
  return pieces === null ? null : { kind: 'text', text: pieces.join('\n'), pieces }
}

function readDocument(value: JsonValue, path: string): DocumentPart | ForeignPart {
  const document = asObject(value, path)
  const name = needString(document, 'name', path)
  const format = readString(document, 'format', path)
  const mediaType = format === null ? 'text/plain' : mediaTypeOf(documentKinds, format)
  const place = `${path}.source`
  const sourceMember = onlyMember(document['source'], place)
  const source = readDocumentText(sourceMember, place) ?? readSource(document['source'], place)
  const citing = readCiting(document, path)
  if (mediaType === null || source === null) return foreign('document', value)
  return { kind: 'document', mediaType, name, source, ...citing }
}

function readToolUse(value: JsonValue, path: string): ContentPart {
  const use = asObject(value, path)
  const id = needString(use, 'toolUseId', path)
  const name = needString(use, 'name', path)
  // `type` marks tools that run at the vendor: nobody else can take such a call back.
  if (use['type'] !== undefined && use['type'] !== null) return foreign('toolUse', value)
  const input = asObject(use['input'], `${path}.input`)
  return { kind: 'tool-call', id, name, argumentsJson: JSON.stringify(input) }
}

type ResultContent = ToolResultPart['content'][number]

/** Null for content that only Bedrock knows. */
function readResultContent(value: JsonValue, path: string): ResultContent | null {
  const item = onlyMember(value, path)
  const place = `${path}.${item.name}`
  switch (item.name) {
    case 'text':
      return { kind: 'text', text: asString(item.value, place) }
    case 'json':
      return { kind: 'json', value: item.value }
    case 'image': {
      const image = readImage(item.value, place)
      return image.kind === 'image' ? image : null
    }
    case 'document': {
      const document = readDocument(item.value, place)
      return document.kind === 'document' ? document : null
    }
    case 'searchResult':
      return readSearchResult(asObject(item.value, place))
    default:
      return null
  }
}

function readToolResult(value: JsonValue, path: string): ContentPart {
  const result = asObject(value, path)
  const callId = needString(result, 'toolUseId', path)
  const status = readString(result, 'status', path)
  if (status !== null && status !== 'success' && status !== 'error') {
    throw invalidField(`${path}.status`, 'must be "success" or "error".')
  }
  const content = asArray(result['content'], `${path}.content`).map((item, index) =>
    readResultContent(item, `${path}.content[${index}]`),
  )
  const known = content.filter((item) => item !== null)
  if (known.length < content.length || (result['type'] !== undefined && result['type'] !== null)) {
    return foreign('toolResult', value)
  }
  return { kind: 'tool-result', callId, isError: status === 'error', content: known }
}

type ReadSignature = (text: string) => Signature

function readReasoning(value: JsonValue, path: string, sign: ReadSignature): ContentPart {
  const block = onlyMember(value, path)
  const place = `${path}.${block.name}`
  if (block.name === 'redactedContent') {
    return { kind: 'redacted-reasoning', data: sign(asString(block.value, place)) }
  }
  if (block.name !== 'reasoningText') return foreign('reasoningContent', value)
  const reasoning = asObject(block.value, place)
  const signature = readString(reasoning, 'signature', place)
  return {
    kind: 'reasoning',
    text: needString(reasoning, 'text', place),
    signature: signature === null ? null : sign(signature),
  }
}

/**
 * One block of a message, of a request or an answer; `sign` tells whose its signature is. Blocks that we do not know stay
 * whole as `foreign`.
 */
export function readBlock(
  value: JsonValue,
  path: string,
  sign: ReadSignature = readGivenSignature,
): ContentPart {
  const block = onlyMember(value, path)
  const place = `${path}.${block.name}`
  switch (block.name) {
    case 'text':
      return { kind: 'text', text: asString(block.value, place) }
    case 'image':
      return readImage(block.value, place)
    case 'document':
      return readDocument(block.value, place)
    case 'searchResult':
      return readSearchResult(asObject(block.value, place)) ?? foreign(block.name, block.value)
    case 'toolUse':
      return readToolUse(block.value, place)
    case 'toolResult':
      return readToolResult(block.value, place)
    case 'reasoningContent':
      return readReasoning(block.value, place, sign)
    case 'cachePoint':
      return readCachePoint(block.value, place)
    case 'citationsContent':
      return readCitedText(block.value, place) ?? foreign(block.name, block.value)
    default:
      return foreign(block.name, block.value)
  }
}

function readSystemBlock(value: JsonValue, path: string): SystemPart | null {
  const block = onlyMember(value, path)
  const place = `${path}.${block.name}`
  if (block.name === 'text') return { kind: 'text', text: asString(block.value, place) }
  return block.name === 'cachePoint' ? readCachePoint(block.value, place) : null
}

function readSystem(body: JsonObject): {
  readonly parts: readonly SystemPart[]
  readonly whole: JsonValue | null
} {
  const blocks = readArray(body, 'system', '') ?? []
  const parts = blocks.map((block, index) => readSystemBlock(block, `system[${index}]`))
  const known = parts.filter((part) => part !== null)
  return known.length < parts.length ? { parts: [], whole: blocks } : { parts: known, whole: null }
}

/** Role `system` inside messages is new in Bedrock's 2026 model: text that joins the system texts. */
function readSystemMessage(content: readonly JsonValue[], path: string): readonly SystemPart[] {
  return content.map((block, index) => {
    const part = readSystemBlock(block, `${path}.content[${index}]`)
    if (part === null)
      throw invalidField(`${path}.content[${index}]`, 'must be text where the role is system.')
    return part
  })
}

/** Throws `invalid_request` with the field. */
export function readMessages(body: JsonObject): Conversation {
  const { parts, whole } = readSystem(body)
  const system: SystemPart[] = [...parts]
  const messages: ChatMessage[] = []
  const extras: [string, JsonValue][] = whole === null ? [] : [['system', whole]]
  for (const [index, value] of asArray(body['messages'], 'messages').entries()) {
    const path = `messages[${index}]`
    const message = asObject(value, path)
    const role = needString(message, 'role', path)
    if (!Array.isArray(message['content'])) throw wrongKind(`${path}.content`, 'an array', message['content'])
    const content = asArray(message['content'], `${path}.content`)
    if (role === 'user' || role === 'assistant') {
      const blocks = content.map((block, position) => readBlock(block, `${path}.content[${position}]`))
      messages.push({ role, parts: blocks })
    } else if (role === 'system') {
      if (messages.length > 0) extras.push([`${path}.role`, role])
      system.push(...placed(readSystemMessage(content, path), messages.length))
    } else {
      throw invalidField(`${path}.role`, 'must be "user", "assistant" or "system".')
    }
  }
  return { system, messages, extras }
}
