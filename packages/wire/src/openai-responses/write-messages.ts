import type {
  ChatCall,
  ChatMessage,
  ContentPart,
  DocumentPart,
  ImagePart,
  JsonObject,
  JsonValue,
  SystemPart,
  ToolGroup,
  ToolResultPart,
} from '@pointsman/contract'

import { missingWord } from '../openai-chat/quirk-json-mode.ts'
import { isOpenaiModel } from '../openai-chat/quirk-openai-models.ts'
import type { WriteContext } from '../openai-chat/write-messages.ts'
import { stretchesOf } from '../system-places.ts'
import { ToolIds } from '../tool-ids.ts'
import { unsupported } from '../warning-list.ts'
import type { WarningList } from '../warning-list.ts'
import type { Crc32 } from '../dialect.ts'

/** API reference, 2026-11: `call_id` holds at most 64 characters. */
const allowedId = /^.{1,64}$/s

const noCacheMarks = 'cache marks were left out; OpenAI caches by itself'
const needsBytes = 'this model takes no media from S3; send the bytes, or an https:// address.'

const dataUrl = (mediaType: string, data: string): string => `data:${mediaType};base64,${data}`

function writeImage({ source, mediaType, detail = 'auto' }: ImagePart): JsonObject {
  if (source.kind === 's3') throw unsupported('messages', needsBytes)
  const url = source.kind === 'url' ? source.url : dataUrl(mediaType ?? 'image/png', source.data)
  return { type: 'input_image', detail, image_url: url }
}

function writeDocument({ source, name, mediaType }: DocumentPart): JsonObject {
  switch (source.kind) {
    case 'text':
      return { type: 'input_text', text: `${name}\n\n${source.text}` }
    case 'base64':
      return { type: 'input_file', filename: name, file_data: dataUrl(mediaType, source.data) }
    case 'url':
      return { type: 'input_file', file_url: source.url }
    case 's3':
      throw unsupported('messages', needsBytes)
  }
}

type ResultContent = ToolResultPart['content'][number]

function writeResultContent(content: ResultContent): JsonObject {
  switch (content.kind) {
    case 'text':
      return { type: 'input_text', text: content.text }
    case 'json':
      return { type: 'input_text', text: JSON.stringify(content.value) }
    case 'image':
      return writeImage(content)
    case 'document':
      return writeDocument(content)
  }
}

/** A list where the result holds more than text; its text alone otherwise, as every model takes it. */
function writeOutput(content: ToolResultPart['content']): JsonValue {
  const texts = content.flatMap((part) => {
    if (part.kind === 'text') return [part.text]
    return part.kind === 'json' ? [JSON.stringify(part.value)] : []
  })
  return texts.length === content.length ? texts.join('\n') : content.map(writeResultContent)
}

/** Writes the items of one call; lives for one translation. */
class ItemWriter {
  readonly #warnings: WarningList
  readonly #ids: ToolIds
  readonly #groups: ReadonlyMap<string, ToolGroup>

  constructor(call: ChatCall, warnings: WarningList, crc32: Crc32) {
    this.#warnings = warnings
    this.#groups = new Map(
      call.tools.flatMap(({ name, group }) => (group === undefined ? [] : [[name, group] as const])),
    )
    this.#ids = new ToolIds(call.messages, allowedId, crc32)
  }

  user(message: ChatMessage): readonly JsonObject[] {
    const results = message.parts.filter((part) => part.kind === 'tool-result')
    if (results.some((part) => part.isError)) {
      this.#warnings.add(
        'messages',
        'tool results are sent without their error mark, for which OpenAI has no field',
      )
    }
    const foreign = message.parts.filter((part) => part.kind === 'foreign').map((part) => this.#foreign(part))
    const content = message.parts.flatMap((part) => this.#userPart(part))
    // Results first: OpenAI wants them right after the calls that they answer.
    return [
      ...results.map((part) => ({
        type: 'function_call_output',
        call_id: this.#ids.of(part.callId),
        output: writeOutput(part.content),
      })),
      ...foreign,
      ...(content.length === 0 ? [] : [{ type: 'message', role: 'user', content }]),
    ]
  }

  #userPart(part: ContentPart): readonly JsonObject[] {
    switch (part.kind) {
      case 'text':
        return [{ type: 'input_text', text: part.text }]
      case 'image':
        return [writeImage(part)]
      case 'document':
        return [writeDocument(part)]
      case 'cache-mark':
        this.#warnings.add('messages', noCacheMarks)
        return []
      case 'foreign':
      case 'tool-result':
        // Written before, as items of their own.
        return []
      case 'tool-call':
      case 'reasoning':
      case 'redacted-reasoning':
        throw unsupported('messages', `a message of the user may not hold a part of kind "${part.kind}".`)
    }
  }

  #foreign(part: ContentPart & { readonly kind: 'foreign' }): JsonObject {
    if (part.dialect === 'openai-responses') return part.value as JsonObject
    throw unsupported('messages', `blocks of kind "${part.name}" work with ${part.dialect} only.`)
  }

  assistant(message: ChatMessage): readonly JsonObject[] {
    const items = message.parts.flatMap((part) => this.#assistantPart(part))
    // Reasoning at the end led to nothing that was kept; OpenAI refuses it without the item that follows it.
    const last = items.findLastIndex((item) => item['type'] !== 'reasoning')
    if (last < items.length - 1) this.#warnings.add('messages', 'reasoning that nothing follows was left out')
    return items.slice(0, last + 1)
  }

  #assistantPart(part: ContentPart): readonly JsonObject[] {
    switch (part.kind) {
      case 'text':
        return part.text === '' ? [] : [{ type: 'message', role: 'assistant', content: part.text }]
      case 'tool-call':
        return [
          {
            type: 'function_call',
            call_id: this.#ids.of(part.id),
            ...this.#nameOf(part.name),
            arguments: part.argumentsJson.trim() === '' ? '{}' : part.argumentsJson,
          },
        ]
      case 'reasoning':
        return part.signature?.signer === 'openai'
          ? [writeReasoning(part.text, part.signature.value)]
          : this.#leaveOutReasoning()
      case 'redacted-reasoning':
        return part.data.signer === 'openai'
          ? [writeReasoning('', part.data.value)]
          : this.#leaveOutReasoning()
      case 'cache-mark':
        this.#warnings.add('messages', noCacheMarks)
        return []
      case 'foreign':
        return [this.#foreign(part)]
      case 'image':
      case 'document':
      case 'tool-result':
        throw unsupported(
          'messages',
          `the assistant's own message may not hold a part of kind "${part.kind}" here.`,
        )
    }
  }

  #nameOf(name: string): JsonObject {
    const group = this.#groups.get(name)
    return group === undefined ? { name } : { name: group.toolName, namespace: group.name }
  }

  #leaveOutReasoning(): readonly JsonObject[] {
    this.#warnings.add('messages', 'reasoning of another vendor was left out; only its own takes it back')
    return []
  }
}

/** Without its id: what is not stored is not found by one, and the encrypted content says all. */
const writeReasoning = (text: string, encrypted: string): JsonObject => ({
  type: 'reasoning',
  summary: text === '' ? [] : [{ type: 'summary_text', text }],
  encrypted_content: encrypted,
})

/** Null where there is none. */
function systemText(parts: readonly SystemPart[], warnings: WarningList): string | null {
  const texts = parts.filter((part) => part.kind === 'text')
  if (texts.length < parts.length) warnings.add('system', noCacheMarks)
  return texts.length === 0 ? null : texts.map((part) => part.text).join('\n\n')
}

function writeInside(parts: readonly SystemPart[], warnings: WarningList): readonly JsonObject[] {
  const content = systemText(parts, warnings)
  return content === null ? [] : [{ type: 'message', role: 'system', content }]
}

/** `instructions` and `input`. Throws `unsupported_parameter` for parts that the Responses API cannot hold. */
export function writeMessages(call: ChatCall, { target, warnings, crc32 }: WriteContext): JsonObject {
  const writer = new ItemWriter(call, warnings, crc32)
  const [front, ...later] = isOpenaiModel(target) ? stretchesOf(call) : [call]
  // This API looks for the word in its input alone, not in the instructions.
  const inside = later.flatMap(({ system }) => system)
  const said = [...inside, ...call.messages.flatMap(({ parts }) => parts)]
  const json = missingWord(call, said, warnings)
  const instructions = systemText(front?.system ?? [], warnings)
  const write = (messages: readonly ChatMessage[]): readonly JsonObject[] =>
    messages.flatMap((message) =>
      message.role === 'user' ? writer.user(message) : writer.assistant(message),
    )
  return {
    ...(instructions === null ? {} : { instructions }),
    input: [
      ...(json === null ? [] : [{ role: 'developer', content: json }]),
      ...write(front?.messages ?? []),
      ...later.flatMap(({ system, messages }) => [...writeInside(system, warnings), ...write(messages)]),
    ],
  }
}
