import { sha256Hex } from './sigv4.ts'
import type { CachePoint, PromptBlock, TextBlock } from '../answer/prompt.ts'
import { isJsonObject } from '../json.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import { validation } from './failure.ts'
import {
  base64Bytes,
  checkEnum,
  checkLength,
  checkPattern,
  optionalArray,
  optionalString,
  requiredArray,
  requiredObject,
  requiredString,
  unionKey,
} from './fields.ts'

type BlockReader = (value: JsonObject, where: string) => PromptBlock

const IMAGE_FORMATS = ['png', 'jpeg', 'gif', 'webp']
const DOCUMENT_FORMATS = ['pdf', 'csv', 'doc', 'docx', 'xls', 'xlsx', 'html', 'txt', 'md']

/** Reads one block of a Converse message: a union of which exactly one member is set. */
export function readContentBlock(value: JsonValue, where: string): PromptBlock {
  const block = requiredObject(value, where)
  const key = unionKey(block, where, BLOCK_KINDS)
  if (key === 'text') return readText(block[key], where)
  const reader = READERS[key]
  return reader === undefined
    ? media(block)
    : reader(requiredObject(block[key], `${where}.${key}`), `${where}.${key}`)
}

/** Reads `system`: texts and cache points. */
export function readSystemBlock(value: JsonValue, where: string): TextBlock | CachePoint {
  const block = requiredObject(value, where)
  const key = unionKey(block, where, ['text', 'guardContent', 'cachePoint'])
  if (key === 'text') return readText(block[key], where, 'SystemContentBlock')
  const member = requiredObject(block[key], `${where}.${key}`)
  return key === 'cachePoint'
    ? readCachePoint(member, `${where}.${key}`)
    : { kind: 'text', text: guardText(member) }
}

export function readCachePoint(value: JsonObject, where: string): CachePoint {
  checkEnum(requiredString(value['type'], `${where}.type`), `${where}.type`, ['default'])
  const timeToLive = optionalString(value['ttl'])
  checkEnum(timeToLive, `${where}.ttl`, ['5m', '1h'])
  return { kind: 'cachePoint', timeToLive: timeToLive === '1h' ? '1h' : '5m' }
}

/** Ids of tool calls, wherever they stand. */
export function readToolUseId(value: JsonValue | undefined, where: string): string {
  const id = requiredString(value, where)
  checkLength(id, where, 1, 64)
  checkPattern(id, where, /^[a-zA-Z0-9_.:-]+$/, '[a-zA-Z0-9_.:-]+')
  return id
}

/** Names of tools, wherever they stand. */
export function readToolName(value: JsonValue | undefined, where: string): string {
  const name = requiredString(value, where)
  checkLength(name, where, 1, 64)
  checkPattern(name, where, /^[a-zA-Z0-9_-]+$/, '[a-zA-Z0-9_-]+')
  return name
}

const READERS: Readonly<Record<string, BlockReader>> = {
  image: (image, where) => {
    const format = requiredString(image['format'], `${where}.format`)
    checkEnum(format, `${where}.format`, IMAGE_FORMATS)
    return { kind: 'image', ...readSource(image['source'], `${where}.source`) }
  },
  document: (document, where) => {
    checkEnum(optionalString(document['format']), `${where}.format`, DOCUMENT_FORMATS)
    const name = requiredString(document['name'], `${where}.name`)
    checkLength(name, `${where}.name`, 1, 200)
    checkDocumentName(name)
    return { kind: 'document', name, ...readSource(document['source'], `${where}.source`) }
  },
  toolUse: (toolUse, where) => ({
    kind: 'toolUse',
    id: readToolUseId(toolUse['toolUseId'], `${where}.toolUseId`),
    name: readToolName(toolUse['name'], `${where}.name`),
    input: requiredObject(toolUse['input'], `${where}.input`),
  }),
  toolResult: readToolResult,
  cachePoint: readCachePoint,
  guardContent: (guard) => ({ kind: 'text', text: guardText(guard) }),
  reasoningContent: (reasoning, where) => {
    const key = unionKey(reasoning, where, ['reasoningText', 'redactedContent'])
    if (key === 'redactedContent') {
      return { kind: 'reasoning', text: '', seal: requiredString(reasoning[key], `${where}.${key}`) }
    }
    const text = requiredObject(reasoning[key], `${where}.${key}`)
    const signature = optionalString(text['signature']) ?? null
    const said = requiredString(text['text'], `${where}.${key}.text`)
    return { kind: 'reasoning', text: said, signature, ...(signature === null ? {} : { seal: signature }) }
  },
}

/**
 * Tried with live models: aws-samples/generative-ai-use-cases issue 1671 (2026-08) and vercel/ai pull 20366 (2026-09). `_`
 * passes though the words do not name it; of white space the plain one alone does.
 */
function checkDocumentName(name: string): void {
  if (/^[A-Za-z0-9 ()[\]_-]+$/.test(name) && !name.includes('  ')) return
  throw validation(
    'The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and ' +
      "square brackets. The name can't contain more than one consecutive whitespace character. Check that the file name " +
      'conforms to these restrictions and retry your request.',
  )
}

const BLOCK_KINDS = ['text', ...Object.keys(READERS), 'video', 'audio', 'citationsContent', 'searchResult']

function readText(value: JsonValue | undefined, where: string, structure = 'ContentBlock'): TextBlock {
  const text = requiredString(value, `${where}.text`)
  if (text.trim() === '') {
    throw validation(
      `The text field in the ${structure} object at ${where} is blank. Add text to the text field, and try again.`,
    )
  }
  return { kind: 'text', text }
}

function readToolResult(result: JsonObject, where: string): PromptBlock {
  const toolUseId = readToolUseId(result['toolUseId'], `${where}.toolUseId`)
  const status = optionalString(result['status'])
  checkEnum(status, `${where}.status`, ['success', 'error'])
  const texts = requiredArray(result['content'], `${where}.content`).map((item, index) => {
    const itemWhere = `${where}.content.${index}`
    const content = requiredObject(item, itemWhere)
    const key = unionKey(content, itemWhere, ['json', 'text', 'image', 'document', 'video', 'searchResult'])
    if (key === 'text') return requiredString(content[key], `${itemWhere}.text`)
    if (key !== 'json') return `(${key})`
    if (isJsonObject(content[key])) return JSON.stringify(content[key])
    throw validation(
      `The format of the value at ${itemWhere}.json is invalid. Provide a json object for the field and try again.`,
    )
  })
  return { kind: 'toolResult', toolUseId, text: texts.join('\n'), failed: status === 'error' }
}

function readSource(value: JsonValue | undefined, where: string): { bytes: number; digest: string } {
  const source = requiredObject(value, where)
  const key = unionKey(source, where, ['bytes', 's3Location', 'text', 'content'])
  const content = source[key] ?? null
  const digest = sha256Hex(Buffer.from(JSON.stringify(content)))
  if (key === 'bytes')
    return { bytes: base64Bytes(requiredString(content, `${where}.bytes`), `${where}.bytes`), digest }
  if (key === 'text') return { bytes: Buffer.byteLength(requiredString(content, `${where}.text`)), digest }
  if (key === 's3Location')
    requiredString(requiredObject(content, `${where}.${key}`)['uri'], `${where}.${key}.uri`)
  return { bytes: Buffer.byteLength(JSON.stringify(content)), digest }
}

function media(block: JsonObject): PromptBlock {
  return { kind: 'media', digest: sha256Hex(Buffer.from(JSON.stringify(block))) }
}

function guardText(guard: JsonObject): string {
  const text = guard['text']
  return isJsonObject(text) ? (optionalString(text['text']) ?? '') : ''
}

/** Reads an array of blocks; a message without any is refused. */
export function readContent(value: JsonValue | undefined, where: string): readonly PromptBlock[] {
  const content = optionalArray(value) ?? []
  if (content.length === 0) {
    throw validation(
      `The content field in the Message object at ${where.replace(/\.content$/, '')} is empty. Add a ContentBlock object to the content field and try again.`,
    )
  }
  return content.map((block, index) => readContentBlock(block, `${where}.${index}`))
}
