import type {
  ChatCall,
  ChatMessage,
  ContentPart,
  DocumentPart,
  ImagePart,
  JsonObject,
  SystemPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
} from '@pointsman/contract'

import { decodeBase64Text } from '../base64-text.ts'
import type { Crc32, WriteTarget } from '../dialect.ts'
import { stretchesOf } from '../system-places.ts'
import { ToolIds } from '../tool-ids.ts'
import { unsupported } from '../warning-list.ts'
import type { WarningList } from '../warning-list.ts'
import { allowedCallId } from './quirk-call-ids.ts'
import { isOpenaiModel } from './quirk-openai-models.ts'

export interface WriteContext {
  readonly target: WriteTarget
  readonly warnings: WarningList
  readonly crc32: Crc32
}

interface MessageContext extends WriteContext {
  readonly ids: ToolIds
}

const noCacheMarks = 'cache marks were left out; OpenAI caches by itself'

const dataUrl = (mediaType: string, data: string): string => `data:${mediaType};base64,${data}`

const needsBytes = 'this model takes no media from S3; send the bytes, or an https:// address.'
const needsFile = 'this model takes no document by its address; send its bytes.'

function writeImage({ source, mediaType, detail }: ImagePart): JsonObject {
  if (source.kind === 's3') throw unsupported('messages', needsBytes)
  const url = source.kind === 'url' ? source.url : dataUrl(mediaType ?? 'image/png', source.data)
  return { type: 'image_url', image_url: { url, ...(detail === undefined ? {} : { detail }) } }
}

const writeNamedText = (name: string, text: string): JsonObject => ({
  type: 'text',
  text: `${name}\n\n${text}`,
})

/** OpenAI's own models take PDF files here and no others (trpc-group/trpc-agent-go issue 1816, 2026-05); text goes as text. */
function writeOtherFile({ mediaType, name }: DocumentPart, data: string): JsonObject {
  const text = mediaType.startsWith('text/') ? decodeBase64Text(data) : null
  if (text === null) {
    throw unsupported('messages', 'documents must be PDF or text here; convert it, or choose another model.')
  }
  return writeNamedText(name, text)
}

function writeDocument(part: DocumentPart, { target }: WriteContext): JsonObject {
  switch (part.source.kind) {
    case 'text':
      return writeNamedText(part.name, part.source.text)
    case 'base64': {
      if (isOpenaiModel(target) && part.mediaType !== 'application/pdf') {
        return writeOtherFile(part, part.source.data)
      }
      const file = { filename: part.name, file_data: dataUrl(part.mediaType, part.source.data) }
      return { type: 'file', file }
    }
    case 'url':
    case 's3':
      throw unsupported('messages', needsFile)
  }
}

function writeUserPart(part: ContentPart, context: WriteContext): readonly JsonObject[] {
  switch (part.kind) {
    case 'text':
      return [{ type: 'text', text: part.text }]
    case 'image':
      return [writeImage(part)]
    case 'document':
      return [writeDocument(part, context)]
    case 'cache-mark':
      context.warnings.add('messages', noCacheMarks)
      return []
    case 'foreign':
      throw unsupported('messages', `blocks of kind "${part.name}" work with ${part.dialect} only.`)
    case 'tool-result':
      // Written before, as messages of their own.
      return []
    case 'tool-call':
    case 'reasoning':
    case 'redacted-reasoning':
      throw unsupported('messages', `a message of the user may not hold a part of kind "${part.kind}".`)
  }
}

type ResultContent = ToolResultPart['content'][number]
const isMedia = (item: ResultContent): item is ImagePart | DocumentPart =>
  item.kind === 'image' || item.kind === 'document'

/** OpenAI's tool messages hold text only; what else the tool gave stands in the message after them. */
function writeResultText({ content }: ToolResultPart): string {
  const texts = content.flatMap((item) => {
    if (item.kind === 'text') return [item.text]
    return item.kind === 'json' ? [JSON.stringify(item.value)] : []
  })
  return texts.length < content.length ? [...texts, movedOn].join('\n') : texts.join('\n')
}

const movedOn = '(What else this tool gave stands in the next message of the user.)'

const writeMedia = (item: ImagePart | DocumentPart, context: WriteContext): JsonObject =>
  item.kind === 'image' ? writeImage(item) : writeDocument(item, context)

/** Media of results as a message of the user, each call's after its id. */
function writeMovedMedia(results: readonly ToolResultPart[], context: MessageContext): readonly JsonObject[] {
  const content = results.flatMap((part) => {
    const media = part.content.filter(isMedia)
    const from = { type: 'text', text: `From the tool call ${context.ids.of(part.callId)}:` }
    return media.length === 0 ? [] : [from, ...media.map((item) => writeMedia(item, context))]
  })
  return content.length === 0 ? [] : [{ role: 'user', content }]
}

/** Servers that are not OpenAI's may refuse a member that they do not know. */
const writeName = ({ name }: ChatMessage, { target }: WriteContext): JsonObject =>
  name === undefined || !isOpenaiModel(target) ? {} : { name }

function writeUserContent(message: ChatMessage, context: WriteContext): readonly JsonObject[] {
  const parts = message.parts.flatMap((part) => writeUserPart(part, context))
  const only = parts.length === 1 ? parts[0] : undefined
  const content = only?.['type'] === 'text' && typeof only['text'] === 'string' ? only['text'] : parts
  return parts.length === 0 ? [] : [{ role: 'user', content, ...writeName(message, context) }]
}

/** Messages of the user in a row. Results first: OpenAI wants all right after the calls that they answer. */
function writeUsers(messages: readonly ChatMessage[], context: MessageContext): readonly JsonObject[] {
  const { ids, warnings } = context
  const results = messages.flatMap(({ parts }) => parts.filter((part) => part.kind === 'tool-result'))
  if (results.some((part) => part.isError)) {
    warnings.add('messages', 'tool results are sent without their error mark, for which OpenAI has no field')
  }
  return [
    ...results.map((part) => ({
      role: 'tool',
      tool_call_id: ids.of(part.callId),
      content: writeResultText(part),
    })),
    ...writeMovedMedia(results, context),
    ...messages.flatMap((message) => writeUserContent(message, context)),
  ]
}

const isText = (part: ContentPart): part is TextPart => part.kind === 'text'
const isToolCall = (part: ContentPart): part is ToolCallPart => part.kind === 'tool-call'

function writeAssistant(message: ChatMessage, context: MessageContext): readonly JsonObject[] {
  const { ids, warnings } = context
  for (const part of message.parts) {
    if (part.kind === 'cache-mark') warnings.add('messages', noCacheMarks)
    else if (part.kind === 'reasoning' || part.kind === 'redacted-reasoning') {
      warnings.add('messages', 'reasoning of earlier turns was left out; this API does not take it back')
    } else if (!isText(part) && !isToolCall(part)) {
      const name = part.kind === 'foreign' ? part.name : part.kind
      throw unsupported('messages', `the assistant's own message may not hold a part of kind "${name}" here.`)
    }
  }
  const text = message.parts
    .filter(isText)
    .map((part) => part.text)
    .join('')
  const calls = message.parts.filter(isToolCall)
  if (text === '' && calls.length === 0) return []
  return [
    {
      role: 'assistant',
      content: text === '' ? null : text,
      ...writeName(message, context),
      ...(calls.length === 0
        ? {}
        : { tool_calls: calls.map((part) => writeToolCall({ ...part, id: ids.of(part.id) })) }),
    },
  ]
}

/** One call as messages and answers both hold it. Arguments may be empty text where a tool takes none. */
export function writeToolCall(part: ToolCallPart): JsonObject {
  return {
    id: part.id,
    type: 'function',
    function: { name: part.name, arguments: part.argumentsJson.trim() === '' ? '{}' : part.argumentsJson },
  }
}

function writeSystem(parts: readonly SystemPart[], warnings: WarningList): readonly JsonObject[] {
  const texts = parts.filter((part) => part.kind === 'text')
  if (texts.length < parts.length) warnings.add('system', noCacheMarks)
  const [first, ...others] = texts
  if (first === undefined) return []
  const content = others.length === 0 ? first.text : texts.map((part) => ({ type: 'text', text: part.text }))
  return [{ role: 'system', content }]
}

/** Throws `unsupported_parameter` for parts that OpenAI's chat completions cannot hold. */
export function writeMessages(call: ChatCall, base: WriteContext): readonly JsonObject[] {
  const context: MessageContext = { ...base, ids: new ToolIds(call.messages, allowedCallId, base.crc32) }
  // Templates of open models behind this API often refuse a system text anywhere else than in front.
  const stretches = isOpenaiModel(base.target) ? stretchesOf(call) : [call]
  return stretches.flatMap(({ system, messages }) => [
    ...writeSystem(system, base.warnings),
    ...turnsOf(messages).flatMap(([first, ...others]) =>
      first.role === 'user'
        ? writeUsers([first, ...others], context)
        : [first, ...others].flatMap((message) => writeAssistant(message, context)),
    ),
  ])
}

type Turn = readonly [ChatMessage, ...(readonly ChatMessage[])]

/** Messages of one role in a row. */
function turnsOf(messages: readonly ChatMessage[]): readonly Turn[] {
  const turns: [ChatMessage, ...ChatMessage[]][] = []
  for (const message of messages) {
    const last = turns.at(-1)
    if (last?.[0].role === message.role) last.push(message)
    else turns.push([message])
  }
  return turns
}
