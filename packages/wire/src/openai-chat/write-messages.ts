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

import { unsupported } from '../warning-list.ts'
import type { WarningList } from '../warning-list.ts'

const noCacheMarks = 'cache marks were left out; OpenAI caches by itself'

const dataUrl = (mediaType: string, data: string): string => `data:${mediaType};base64,${data}`

const needsBytes = 'this model takes no media from S3; send the bytes, or an https:// address.'

function writeImage(part: ImagePart): JsonObject {
  switch (part.source.kind) {
    case 'url':
      return { type: 'image_url', image_url: { url: part.source.url } }
    case 'base64': {
      const url = dataUrl(part.mediaType ?? 'image/png', part.source.data)
      return { type: 'image_url', image_url: { url } }
    }
    case 's3':
      throw unsupported('messages', needsBytes)
  }
}

function writeDocument(part: DocumentPart): JsonObject {
  switch (part.source.kind) {
    case 'text':
      return { type: 'text', text: `${part.name}\n\n${part.source.text}` }
    case 'base64': {
      const file = { filename: part.name, file_data: dataUrl(part.mediaType, part.source.data) }
      return { type: 'file', file }
    }
    case 'url':
    case 's3':
      throw unsupported('messages', needsBytes)
  }
}

function writeUserPart(part: ContentPart, warnings: WarningList): readonly JsonObject[] {
  switch (part.kind) {
    case 'text':
      return [{ type: 'text', text: part.text }]
    case 'image':
      return [writeImage(part)]
    case 'document':
      return [writeDocument(part)]
    case 'cache-mark':
      warnings.add('messages', noCacheMarks)
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

/** OpenAI's tool messages hold text only. */
function writeResultText(part: ToolResultPart): string {
  return part.content
    .map((item) => {
      if (item.kind === 'text') return item.text
      if (item.kind === 'json') return JSON.stringify(item.value)
      throw unsupported('messages', `a tool's result may hold text for this model, no ${item.kind}.`)
    })
    .join('\n')
}

function writeUser(message: ChatMessage, warnings: WarningList): readonly JsonObject[] {
  const results = message.parts.filter((part) => part.kind === 'tool-result')
  if (results.some((part) => part.isError)) {
    warnings.add('messages', 'tool results are sent without their error mark, for which OpenAI has no field')
  }
  const others = message.parts.flatMap((part) => writeUserPart(part, warnings))
  const only = others.length === 1 ? others[0] : undefined
  const content = only?.['type'] === 'text' && typeof only['text'] === 'string' ? only['text'] : others
  // Results first: OpenAI wants them right after the calls that they answer.
  return [
    ...results.map((part) => ({ role: 'tool', tool_call_id: part.callId, content: writeResultText(part) })),
    ...(others.length === 0 ? [] : [{ role: 'user', content }]),
  ]
}

const isText = (part: ContentPart): part is TextPart => part.kind === 'text'
const isToolCall = (part: ContentPart): part is ToolCallPart => part.kind === 'tool-call'

function writeAssistant(message: ChatMessage, warnings: WarningList): readonly JsonObject[] {
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
      ...(calls.length === 0 ? {} : { tool_calls: calls.map(writeToolCall) }),
    },
  ]
}

/** One call as messages and answers both hold it. Arguments may be empty text where a tool takes none. */
export function writeToolCall(part: ToolCallPart): JsonObject {
  return {
    id: part.id,
    type: 'function',
    function: { name: part.name, arguments: part.argumentsJson === '' ? '{}' : part.argumentsJson },
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
export function writeMessages(call: ChatCall, warnings: WarningList): readonly JsonObject[] {
  return [
    ...writeSystem(call.system, warnings),
    ...call.messages.flatMap((message) =>
      message.role === 'user' ? writeUser(message, warnings) : writeAssistant(message, warnings),
    ),
  ]
}
