import type {
  CacheMark,
  Citation,
  ContentPart,
  DocumentPart,
  ForeignPart,
  ImagePart,
  JsonObject,
  JsonValue,
  TextPart,
  ChatMessage,
  SystemPart,
  ToolResultPart,
} from '@pointsman/contract'

import { numberOf } from '../exact-json.ts'
import {
  asArray,
  asObject,
  asString,
  invalidField,
  isJsonArray,
  isJsonObject,
  needString,
  readArray,
  readBoolean,
  readObject,
  readString,
  wrongKind,
} from '../json-fields.ts'
import { needBase64, usualMediaType } from '../media.ts'
import { readPlace } from './quirk-citations.ts'
import { isCleared, isToolChange, saysNoText } from './quirk-mid-conversation.ts'
import { textsOf } from '../plain-texts.ts'
import { placed } from '../system-places.ts'
import { readSearchResult } from '../search-results.ts'
import { readSignature } from '../signatures.ts'

const foreign = (name: string, value: JsonObject): ForeignPart => ({
  kind: 'foreign',
  dialect: 'anthropic-messages',
  name,
  value,
})

/** The mark that a block, a tool or the whole request carries; it stands behind what it marks. */
export function readCacheMark(from: JsonObject, path: string): readonly CacheMark[] {
  const control = readObject(from, 'cache_control', path)
  if (control === null) return []
  const place = path === '' ? 'cache_control' : `${path}.cache_control`
  needString(control, 'type', place)
  const lifetime = readString(control, 'ttl', place)
  if (lifetime !== null && lifetime !== '5m' && lifetime !== '1h') {
    throw invalidField(`${place}.ttl`, 'must be "5m" or "1h".')
  }
  return [{ kind: 'cache-mark', lifetime }]
}

const textOrNull = (value: JsonValue | undefined): string | null =>
  typeof value === 'string' && value !== '' ? value : null

/** One source of a text. */
export function readCitation(value: JsonValue | undefined): Citation | null {
  if (!isJsonObject(value)) return null
  const place = readPlace(value)
  const searchResultIndex = numberOf(value['search_result_index'])
  return {
    ...(place === null ? {} : { place }),
    ...(searchResultIndex === null ? {} : { searchResultIndex }),
    title: textOrNull(value['document_title']) ?? textOrNull(value['title']),
    url: textOrNull(value['url']) ?? textOrNull(value['source']),
    quote: textOrNull(value['cited_text']),
    documentIndex: numberOf(value['document_index']),
  }
}

export function readText(block: JsonObject, path: string): TextPart {
  const text = needString(block, 'text', path)
  const cited = readArray(block, 'citations', path) ?? []
  const citations = cited.map(readCitation).filter((citation) => citation !== null)
  return citations.length === 0 ? { kind: 'text', text } : { kind: 'text', text, citations }
}

/** Bytes or an address; null for what only Anthropic holds (uploaded files). */
function readSource(source: JsonObject, path: string): ImagePart['source'] | null {
  const type = needString(source, 'type', path)
  if (type === 'base64') {
    return { kind: 'base64', data: needBase64(needString(source, 'data', path), `${path}.data`) }
  }
  return type === 'url' ? { kind: 'url', url: needString(source, 'url', path) } : null
}

function readImage(block: JsonObject, path: string): ImagePart | ForeignPart {
  const place = `${path}.source`
  const given = asObject(block['source'], place)
  const source = readSource(given, place)
  if (source === null || isJsonObject(block['transformations'])) return foreign('image', block)
  const mediaType = source.kind === 'base64' ? usualMediaType(needString(given, 'media_type', place)) : null
  return { kind: 'image', mediaType, source }
}

function readCiting(block: JsonObject, path: string): Pick<DocumentPart, 'cited' | 'context'> {
  const citations = readObject(block, 'citations', path)
  const asks = citations !== null && readBoolean(citations, 'enabled', `${path}.citations`) === true
  const context = readString(block, 'context', path) ?? ''
  return { ...(asks ? { cited: true } : {}), ...(context === '' ? {} : { context }) }
}

/** A text alone is one; null for pieces that are no texts. */
const readPieces = (content: JsonValue | undefined): readonly string[] | null =>
  typeof content === 'string' ? [content] : textsOf(content)

function readDocument(block: JsonObject, path: string): DocumentPart | ForeignPart {
  const place = `${path}.source`
  const given = asObject(block['source'], place)
  const type = needString(given, 'type', place)
  const name = readString(block, 'title', path) ?? 'document'
  const citing = readCiting(block, path)
  if (type === 'text') {
    const source = { kind: 'text', text: needString(given, 'data', place) } as const
    return { kind: 'document', mediaType: 'text/plain', name, source, ...citing }
  }
  const pieces = type === 'content' ? readPieces(given['content']) : null
  if (pieces !== null) {
    const source = { kind: 'text', text: pieces.join('\n'), pieces } as const
    return { kind: 'document', mediaType: 'text/plain', name, source, ...citing }
  }
  const source = readSource(given, place)
  if (source === null) return foreign('document', block)
  // Anthropic fetches PDFs only.
  const mediaType =
    source.kind === 'base64' ? usualMediaType(needString(given, 'media_type', place)) : 'application/pdf'
  return { kind: 'document', mediaType, name, source, ...citing }
}

const isSet = (value: JsonValue | undefined): boolean => value !== undefined && value !== null

function readToolUse(block: JsonObject, path: string): ContentPart {
  const id = needString(block, 'id', path)
  const name = needString(block, 'name', path)
  const caller = block['caller']
  const isOwn = !isSet(caller) || (isJsonObject(caller) && caller['type'] === 'direct')
  // Called by code that runs at Anthropic, or of one of its toolsets: nobody else can take it back.
  if (!isOwn || isSet(block['toolset_name'])) return foreign('tool_use', block)
  const input = asObject(block['input'], `${path}.input`)
  return { kind: 'tool-call', id, name, argumentsJson: JSON.stringify(input) }
}

/** Null for content that only Anthropic knows. */
function readResultItem(value: JsonValue, path: string): ToolResultPart['content'][number] | null {
  const item = asObject(value, path)
  switch (needString(item, 'type', path)) {
    case 'tool_reference': {
      const name = needString(item, 'tool_name', path)
      return { kind: 'text', text: `The tool ${name} can be called now.`, loadsTool: name }
    }
    case 'text':
      return { kind: 'text', text: needString(item, 'text', path) }
    case 'image': {
      const image = readImage(item, path)
      return image.kind === 'image' ? image : null
    }
    case 'document': {
      const document = readDocument(item, path)
      return document.kind === 'document' ? document : null
    }
    case 'search_result':
      return readSearchResult(item)
    default:
      return null
  }
}

function readToolResult(block: JsonObject, path: string): readonly ContentPart[] {
  const callId = needString(block, 'tool_use_id', path)
  const isError = readBoolean(block, 'is_error', path) ?? false
  const content = block['content']
  if (isSet(block['toolset_name'])) return [foreign('tool_result', block)]
  if (typeof content === 'string') {
    return [{ kind: 'tool-result', callId, isError, content: [{ kind: 'text', text: content }] }]
  }
  const place = `${path}.content`
  if (isSet(content) && !isJsonArray(content))
    throw wrongKind(place, 'a string or an array of blocks', content)
  const given = readArray(block, 'content', path) ?? []
  const items = given.map((item, index) => readResultItem(item, `${place}[${index}]`))
  const known = items.filter((item) => item !== null)
  if (known.length < items.length) {
    const inner = asObject(given[items.indexOf(null)], place)
    return [foreign(`${needString(inner, 'type', place)} inside tool_result`, block)]
  }
  // A mark inside the result moves behind it: what it caches then ends a little later.
  const marks = given.flatMap((item, index) =>
    isJsonObject(item) ? readCacheMark(item, `${place}[${index}]`) : [],
  )
  return [{ kind: 'tool-result', callId, isError, content: known }, ...marks.slice(-1)]
}

function readThinking(block: JsonObject, path: string): ContentPart {
  const text = needString(block, 'thinking', path)
  const signature = readString(block, 'signature', path) ?? ''
  return {
    kind: 'reasoning',
    text,
    signature: signature === '' ? null : readSignature(signature, 'anthropic'),
  }
}

function readKind(block: JsonObject, type: string, path: string): readonly ContentPart[] {
  switch (type) {
    case 'text':
      return [readText(block, path)]
    case 'image':
      return [readImage(block, path)]
    case 'document':
      return [readDocument(block, path)]
    case 'search_result':
      return [readSearchResult(block) ?? foreign(type, block)]
    case 'tool_use':
      return [readToolUse(block, path)]
    case 'tool_result':
      return readToolResult(block, path)
    case 'thinking':
      return [readThinking(block, path)]
    case 'redacted_thinking':
      return [
        {
          kind: 'redacted-reasoning',
          data: readSignature(asString(block['data'], `${path}.data`), 'anthropic'),
        },
      ]
    default:
      return [foreign(type, block)]
  }
}

/**
 * One block of a message, of a request or an answer, and the mark behind it. Blocks that we do not know (of Anthropic's
 * own tools, and new ones) stay whole as `foreign`.
 */
export function readBlock(value: JsonValue, path: string): readonly ContentPart[] {
  const block = asObject(value, path)
  const parts = readKind(block, needString(block, 'type', path), path)
  // What is foreign keeps its mark inside.
  if (parts.some((part) => part.kind === 'foreign' || part.kind === 'cache-mark')) return parts
  return [...parts, ...readCacheMark(block, path)]
}

/** Text, or an array of text blocks, where nothing else may stand but what `isOther` knows and others read. */
export function readTexts(
  value: JsonValue | undefined,
  path: string,
  isOther: (block: JsonValue) => boolean = () => false,
): readonly (TextPart | CacheMark)[] {
  if (typeof value === 'string') return [{ kind: 'text', text: value }]
  if (!isJsonArray(value)) throw wrongKind(path, 'a string or an array of text blocks', value)
  return value.flatMap((item, index) => {
    if (isOther(item)) return []
    const place = `${path}[${index}]`
    const block = asObject(item, place)
    if (needString(block, 'type', place) !== 'text')
      throw invalidField(`${place}.type`, 'must be "text" here.')
    return [{ kind: 'text', text: needString(block, 'text', place) }, ...readCacheMark(block, place)]
  })
}

export interface Conversation {
  readonly system: readonly SystemPart[]
  readonly messages: readonly ChatMessage[]
  /** What stands inside messages without a place in the neutral form, by its path. */
  readonly extras: readonly (readonly [string, JsonValue])[]
}

function readContent(content: JsonValue | undefined, path: string): readonly ContentPart[] {
  if (typeof content === 'string') return [{ kind: 'text', text: content }]
  if (!isJsonArray(content)) throw wrongKind(path, 'a string or an array of blocks', content)
  return content.flatMap((block, index) => readBlock(block, `${path}[${index}]`))
}

function readSystemMessage(
  message: JsonObject,
  path: string,
  isFollowed: boolean,
): readonly (TextPart | CacheMark)[] {
  const texts = saysNoText(message) ? [] : readTexts(message['content'], `${path}.content`, isToolChange)
  return isCleared(message, path, isFollowed) ? [] : texts
}

/** The mark of the whole request stands behind its last message, unless one stands there already. */
function withRequestMark(
  messages: readonly ChatMessage[],
  marks: readonly CacheMark[],
): readonly ChatMessage[] {
  const last = messages.at(-1)
  if (marks.length === 0 || last === undefined || last.parts.at(-1)?.kind === 'cache-mark') return messages
  return [...messages.slice(0, -1), { ...last, parts: [...last.parts, ...marks] }]
}

/** Throws `invalid_request` with the field. */
export function readMessages(body: JsonObject): Conversation {
  const given = body['system']
  const system: SystemPart[] = given === undefined || given === null ? [] : [...readTexts(given, 'system')]
  const messages: ChatMessage[] = []
  const extras: [string, JsonValue][] = []
  const all = asArray(body['messages'], 'messages')
  const lastOfUser = all.findLastIndex((message) => isJsonObject(message) && message['role'] === 'user')
  for (const [index, value] of all.entries()) {
    const path = `messages[${index}]`
    const message = asObject(value, path)
    const role = needString(message, 'role', path)
    if (role === 'user' || role === 'assistant') {
      messages.push({ role, parts: readContent(message['content'], `${path}.content`) })
    } else if (role === 'system') {
      const texts = readSystemMessage(message, path, index < lastOfUser)
      // Anthropic takes instructions inside the conversation since 2026; others take them at its front.
      if (messages.length > 0 && texts.length > 0) extras.push([`${path}.role`, role])
      system.push(...placed(texts, messages.length))
    } else {
      throw invalidField(`${path}.role`, 'must be "user", "assistant" or "system".')
    }
  }
  return { system, messages: withRequestMark(messages, readCacheMark(body, '')), extras }
}
