import type { CachePoint, PromptBlock } from '../answer/prompt.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import { list, onlyKnown, optionalFlag, optionalList, optionalOneOf } from './fields.ts'
import { optionalRecord, optionalText, record, text, unknownTag } from './fields.ts'
import { problemAt } from './problem.ts'
import { asksForCitations, readDocumentSource, readImageSource } from './sources.ts'
import { isRedactedThought, isSealedThought } from './thought-seal.ts'
import { readFoundTools, readSearch } from './tool-search.ts'

export type ClaudeRole = 'user' | 'assistant' | 'system'

/** What differs between the vendor's API versions: 2026-10-21 is `strict`. */
export interface ContentRules {
  readonly strict: boolean
}

/** Where a block stands. */
interface Place {
  readonly where: string
  readonly role: ClaudeRole
  readonly rules: ContentRules
}

type BlockReader = (block: JsonObject, where: string, place: Place) => PromptBlock

interface BlockKind {
  readonly read: BlockReader
  readonly members: readonly string[]
  readonly roles: readonly ClaudeRole[]
}

const TOOL_ID = /^[a-zA-Z0-9_-]+$/
const TOOL_NAME = /^[a-zA-Z0-9_-]{1,128}$/

const KINDS: ReadonlyMap<string, BlockKind> = new Map<string, BlockKind>([
  [
    'text',
    {
      read: readText,
      members: ['text', 'citations', 'cache_control'],
      roles: ['user', 'assistant', 'system'],
    },
  ],
  ['image', { read: readImage, members: ['source', 'cache_control', 'transformations'], roles: ['user'] }],
  [
    'document',
    {
      read: readDocument,
      members: ['source', 'title', 'context', 'citations', 'cache_control'],
      roles: ['user', 'assistant'],
    },
  ],
  [
    'search_result',
    {
      read: readSearchResult,
      members: ['source', 'title', 'content', 'citations', 'cache_control'],
      roles: ['user'],
    },
  ],
  ['thinking', { read: readThought, members: ['thinking', 'signature'], roles: ['assistant'] }],
  ['redacted_thinking', { read: readRedacted, members: ['data'], roles: ['assistant'] }],
  [
    'tool_use',
    {
      read: readToolUse,
      members: ['id', 'name', 'input', 'cache_control', 'caller', 'toolset_name'],
      roles: ['assistant'],
    },
  ],
  [
    'server_tool_use',
    { read: readSearch, members: ['id', 'name', 'input', 'cache_control', 'caller'], roles: ['assistant'] },
  ],
  [
    'tool_search_tool_result',
    { read: readFoundTools, members: ['tool_use_id', 'content', 'cache_control'], roles: ['assistant'] },
  ],
  [
    'tool_result',
    {
      read: readToolResult,
      members: ['tool_use_id', 'content', 'is_error', 'cache_control', 'toolset_name'],
      roles: ['user'],
    },
  ],
])

/** Reads one block of a message: itself, and the cache point behind it where it is marked. */
export function readBlock(
  value: JsonValue,
  where: string,
  role: ClaudeRole,
  rules: ContentRules,
): readonly PromptBlock[] {
  const block = record(value, where)
  const tag = block['type']
  const kind = typeof tag === 'string' ? KINDS.get(tag) : undefined
  if (kind === undefined || typeof tag !== 'string') throw unknownTag(tag, where, [...KINDS.keys()])
  if (!kind.roles.includes(role)) {
    throw problemAt(where, `\`${tag}\` blocks are not permitted in \`${role}\` messages`)
  }
  const inside = `${where}.${tag}`
  onlyKnown(block, inside, ['type', ...kind.members])
  return [kind.read(block, inside, { where, role, rules }), ...cachePointOf(block, where)]
}

/** The mark of a block, a tool or a whole request. */
export function cachePointOf(marked: JsonObject, where: string): readonly CachePoint[] {
  const place = where === '' ? 'cache_control' : `${where}.cache_control`
  const control = optionalRecord(marked['cache_control'], place)
  if (control === null) return []
  if (control['type'] !== 'ephemeral') throw unknownTag(control['type'], place, ['ephemeral'])
  onlyKnown(control, `${place}.ephemeral`, ['type', 'ttl'])
  const timeToLive = optionalOneOf(control['ttl'], `${place}.ephemeral.ttl`, ['5m', '1h'])
  return [{ kind: 'cachePoint', timeToLive: timeToLive ?? '5m' }]
}

function readText(block: JsonObject, where: string, place: Place): PromptBlock {
  const content = text(block['text'], `${where}.text`)
  if (content === '' && block['cache_control'] !== undefined) {
    throw problemAt(`${place.where}.text`, 'cache_control cannot be set for empty text blocks')
  }
  // From 2026-10-21 on, what the model cited may stand in its own messages only.
  if (place.rules.strict && place.role === 'user' && hasMembers(block['citations'])) {
    throw problemAt(`${where}.citations`, 'Extra inputs are not permitted')
  }
  return { kind: 'text', text: nonEmptyText(content) }
}

/** Throws, as the vendor does without telling the place, for a text that says nothing. */
export function nonEmptyText(content: string): string {
  if (content === '') throw problemAt('messages', 'text content blocks must be non-empty')
  if (content.trim() === '')
    throw problemAt('messages', 'text content blocks must contain non-whitespace text')
  return content
}

function readImage(block: JsonObject, where: string): PromptBlock {
  return { kind: 'image', ...readImageSource(block['source'], `${where}.source`) }
}

function readDocument(block: JsonObject, where: string, place: Place): PromptBlock {
  if (place.rules.strict && place.role === 'assistant') {
    throw problemAt(place.where, '`document` blocks are not permitted in `assistant` messages')
  }
  const { content, ...source } = readDocumentSource(block['source'], `${where}.source`)
  const title = optionalText(block['title'], `${where}.title`)
  optionalText(block['context'], `${where}.context`)
  const citable = asksForCitations(block['citations'], `${where}.citations`)
  return {
    kind: 'document',
    name: title ?? 'the document',
    ...source,
    ...(citable ? { citable: { title, content } } : {}),
  }
}

function readSearchResult(block: JsonObject, where: string): PromptBlock {
  const title = text(block['title'], `${where}.title`)
  const source = text(block['source'], `${where}.source`)
  const texts = list(block['content'], `${where}.content`).map((item, index) => {
    const part = record(item, `${where}.content.${index}`)
    if (part['type'] !== 'text') throw unknownTag(part['type'], `${where}.content.${index}`, ['text'])
    return text(part['text'], `${where}.content.${index}.text.text`)
  })
  asksForCitations(block['citations'], `${where}.citations`)
  return { kind: 'text', text: [`${title} (${source})`, ...texts].join('\n') }
}

function readThought(block: JsonObject, where: string, place: Place): PromptBlock {
  const thought = text(block['thinking'], `${where}.thinking`)
  const signature = text(block['signature'], `${where}.signature`)
  if (!isSealedThought(thought, signature)) {
    throw problemAt(place.where, 'Invalid `signature` in `thinking` block')
  }
  return { kind: 'reasoning', text: thought, seal: signature }
}

function readRedacted(block: JsonObject, where: string, place: Place): PromptBlock {
  const data = text(block['data'], `${where}.data`)
  if (!isRedactedThought(data)) {
    throw problemAt(place.where, 'Invalid `data` in `redacted_thinking` block')
  }
  return { kind: 'reasoning', text: '', seal: data }
}

function readToolUse(block: JsonObject, where: string): PromptBlock {
  const id = matching(block['id'], `${where}.id`, TOOL_ID)
  const name = matching(block['name'], `${where}.name`, TOOL_NAME)
  return { kind: 'toolUse', id, name, input: record(block['input'], `${where}.input`) }
}

function readToolResult(block: JsonObject, where: string, place: Place): PromptBlock {
  const toolUseId = matching(block['tool_use_id'], `${where}.tool_use_id`, TOOL_ID)
  const failed = optionalFlag(block['is_error'], `${where}.is_error`)
  const content = block['content']
  if (typeof content === 'string') return { kind: 'toolResult', toolUseId, text: content, failed }
  const texts = optionalList(content, `${where}.content`).map((item, index) =>
    resultText(item, `${where}.content.${index}`, place),
  )
  return { kind: 'toolResult', toolUseId, text: texts.join('\n'), failed }
}

/** A part of a tool's result as a text; of bytes it names the digest, so that an answer tells what arrived. */
function resultText(value: JsonValue, where: string, place: Place): string {
  const tag = record(value, where)['type']
  const tags = ['document', 'image', 'search_result', 'text', 'tool_reference']
  if (typeof tag !== 'string' || !tags.includes(tag)) throw unknownTag(tag, where, tags)
  if (tag === 'tool_reference') return readToolReference(record(value, where), `${where}.${tag}`)
  const [block] = readBlock(value, where, 'user', place.rules)
  if (block?.kind === 'text') return block.text
  return block !== undefined && 'digest' in block ? `(${tag} ${block.digest.slice(0, 8)})` : ''
}

/** Stands for the definition of a tool whose loading was put off (@anthropic-ai/sdk 1.14, `ToolReferenceBlockParam`). */
function readToolReference(block: JsonObject, where: string): string {
  onlyKnown(block, where, ['type', 'tool_name', 'cache_control'])
  return `(tool ${readToolName(block['tool_name'], `${where}.tool_name`)})`
}

/** The name of a tool, at the place of its definition too. */
export function readToolName(value: JsonValue | undefined, where: string): string {
  return matching(value, where, TOOL_NAME)
}

function matching(value: JsonValue | undefined, where: string, pattern: RegExp): string {
  const found = text(value, where)
  if (!pattern.test(found)) throw problemAt(where, `String should match pattern '${pattern.source}'`)
  return found
}

function hasMembers(value: JsonValue | undefined): boolean {
  return Array.isArray(value) && value.length > 0
}
