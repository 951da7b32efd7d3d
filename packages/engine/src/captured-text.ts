import type { AnswerPart, ChatCall, ContentPart, EmbedCall, MediaSource } from '@pointsman/contract'

const utf8 = new TextEncoder()

/** Text up to a number of bytes; what is beyond is not even held. */
export class BoundedText {
  readonly #maxBytes: number
  readonly #pieces: string[] = []
  #characters = 0
  #isCut = false

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get isEmpty(): boolean {
    return this.#characters === 0
  }

  /** Something was left out. */
  get isCut(): boolean {
    return this.#isCut
  }

  /** A character is at least one byte. */
  add(text: string): void {
    const room = this.#maxBytes - this.#characters
    if (text.length > room) this.#isCut = true
    const taken = text.slice(0, room)
    if (taken === '') return
    this.#pieces.push(taken)
    this.#characters += taken.length
  }

  read(): { readonly text: string; readonly isCut: boolean } {
    const whole = this.#pieces.join('')
    const { read } = utf8.encodeInto(whole, new Uint8Array(this.#maxBytes))
    const isCut = this.#isCut || read < whole.length
    // Half of a surrogate pair may stand where it was cut.
    return { text: isCut ? whole.slice(0, read).replace(/[\uD800-\uDBFF]$/, '') : whole, isCut }
  }
}

/** A request's messages, each under its role. */
export function writePrompt(call: ChatCall | EmbedCall, into: BoundedText): void {
  if ('inputs' in call) {
    for (const input of call.inputs) writeMessage('input', [input], into)
    return
  }
  if (call.system.length > 0) writeMessage('system', call.system.map(partText), into)
  for (const { role, parts } of call.messages) {
    if (into.isCut) return
    writeMessage(role, parts.map(partText), into)
  }
}

function writeMessage(role: string, texts: readonly string[], into: BoundedText): void {
  const told = texts.filter((text) => text !== '')
  into.add(`${into.isEmpty ? '' : '\n\n'}[${role}]`)
  for (const text of told) {
    into.add('\n')
    into.add(text)
  }
}

/** A whole answer's parts, in the form of one that was streamed. */
export function writeParts(parts: readonly ContentPart[], into: BoundedText): void {
  for (const text of parts.map(partText)) {
    if (text === '') continue
    if (!into.isEmpty) into.add('\n')
    into.add(text)
  }
}

/** One piece of a streamed answer: its blocks stand on lines of their own. */
export function writeAnswerPart(part: AnswerPart, into: BoundedText): void {
  switch (part.type) {
    case 'block-start': {
      if (!into.isEmpty) into.add('\n')
      if (part.block.kind === 'reasoning') into.add('[reasoning] ')
      if (part.block.kind === 'tool-call') into.add(`[tool call ${part.block.name}] `)
      if (part.block.kind === 'foreign') into.add(`[${part.block.name}]`)
      break
    }
    case 'text-delta':
    case 'reasoning-delta':
      into.add(part.text)
      break
    case 'tool-arguments-delta':
      into.add(part.json)
      break
    default:
  }
}

function partText(part: ContentPart): string {
  switch (part.kind) {
    case 'text':
      return part.text
    case 'reasoning':
      return `[reasoning] ${part.text}`
    case 'redacted-reasoning':
      return '[reasoning that only its vendor can read]'
    case 'tool-call':
      return `[tool call ${part.name}] ${part.argumentsJson}`
    case 'tool-result':
      return `[tool result${part.isError ? ', an error' : ''}] ${part.content.map(resultText).join('\n')}`
    case 'image':
      return mediaText('image', part.mediaType, part.source)
    case 'document':
      return mediaText('document', part.mediaType, part.source)
    case 'foreign':
      return `[${part.name}]`
    case 'cache-mark':
      return ''
  }
}

type ResultPart = Extract<ContentPart, { readonly kind: 'tool-result' }>['content'][number]

const resultText = (part: ResultPart): string =>
  part.kind === 'json' ? JSON.stringify(part.value) : partText(part)

function mediaText(
  kind: string,
  mediaType: string | null,
  source: MediaSource | { readonly kind: 'text'; readonly text: string },
): string {
  return `[${kind}${mediaType === null ? '' : ` ${mediaType}`}, ${sizeOf(source)}]`
}

function sizeOf(source: MediaSource | { readonly kind: 'text'; readonly text: string }): string {
  switch (source.kind) {
    case 'base64':
      return `${base64Bytes(source.data)} bytes`
    case 'text':
      return `${utf8.encode(source.text).byteLength} bytes`
    case 'url':
    case 's3':
      return 'by its address'
  }
}

const base64Bytes = (data: string): number => {
  const padding = data.endsWith('==') ? 2 : data.endsWith('=') ? 1 : 0
  return Math.floor(((data.length - padding) * 3) / 4)
}
