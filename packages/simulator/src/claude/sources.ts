import { createHash } from 'node:crypto'
import type { CitableText } from '../answer/prompt.ts'
import { isJsonObject } from '../json.ts'
import type { JsonObject, JsonValue } from '../json.ts'
import { list, oneOf, onlyKnown, record, text, unknownTag } from './fields.ts'
import { ClaudeProblem, problemAt } from './problem.ts'

/** What stands behind an image or a document, as far as the simulator looks at it. */
export interface ReadSource {
  readonly bytes: number
  readonly digest: string
}

export interface ReadDocument extends ReadSource {
  readonly content: CitableText
}

const IMAGE_TYPES = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'] as const

/** By media type: how a file of it begins. */
const IMAGE_STARTS: readonly (readonly [(typeof IMAGE_TYPES)[number], RegExp])[] = [
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/png', /^\x89PNG\r\n\x1a\n/],
  ['image/gif', /^GIF8[79]a/],
  ['image/webp', /^RIFF[\s\S]{4}WEBP/],
]

// Whatever stands behind an address is not fetched: no test may depend on a foreign host.
const LINKED_BYTES = 20_000

/** Reads the source of an image. */
export function readImageSource(value: JsonValue | undefined, where: string): ReadSource {
  const source = record(value, where)
  switch (source['type']) {
    case 'base64':
      return readImageBytes(source, `${where}.base64`)
    case 'url':
      return readLink(source, `${where}.url`)
    case 'file':
      throw missingFile(source, `${where}.file`)
    default:
      throw unknownTag(source['type'], where, ['base64', 'file', 'url'])
  }
}

function readImageBytes(source: JsonObject, where: string): ReadSource {
  onlyKnown(source, where, ['type', 'media_type', 'data'])
  const mediaType = oneOf(source['media_type'], `${where}.media_type`, IMAGE_TYPES)
  const bytes = decoded(source['data'], where)
  const start = bytes.subarray(0, 16).toString('latin1')
  const found = IMAGE_STARTS.find(([, pattern]) => pattern.test(start))?.[0]
  if (found === undefined) throw new ClaudeProblem('Could not process image')
  if (found !== mediaType) {
    throw problemAt(
      `${where}.data`,
      `Image does not match the provided media type ${mediaType}; it appears to be a ${found} image`,
    )
  }
  return { bytes: bytes.length, digest: digestOf(bytes) }
}

/** Reads the source of a document, with the text that may be cited of it. */
export function readDocumentSource(value: JsonValue | undefined, where: string): ReadDocument {
  const source = record(value, where)
  switch (source['type']) {
    case 'base64':
      return readPdf(source, `${where}.base64`)
    case 'text':
      return readPlainText(source, `${where}.text`)
    case 'content':
      return readPieces(source, `${where}.content`)
    case 'url':
      return { ...readLink(source, `${where}.url`), content: { form: 'pages' } }
    case 'file':
      throw missingFile(source, `${where}.file`)
    default:
      throw unknownTag(source['type'], where, ['base64', 'content', 'file', 'text', 'url'])
  }
}

function readPdf(source: JsonObject, where: string): ReadDocument {
  onlyKnown(source, where, ['type', 'media_type', 'data'])
  oneOf(source['media_type'], `${where}.media_type`, ['application/pdf'])
  const bytes = decoded(source['data'], where)
  if (!bytes.subarray(0, 1_024).includes('%PDF-')) {
    throw new ClaudeProblem('The PDF specified was not valid.')
  }
  return { bytes: bytes.length, digest: digestOf(bytes), content: { form: 'pages' } }
}

function readPlainText(source: JsonObject, where: string): ReadDocument {
  onlyKnown(source, where, ['type', 'media_type', 'data'])
  oneOf(source['media_type'], `${where}.media_type`, ['text/plain'])
  const data = text(source['data'], `${where}.data`)
  const bytes = Buffer.from(data, 'utf8')
  return { bytes: bytes.length, digest: digestOf(bytes), content: { form: 'text', text: data } }
}

function readPieces(source: JsonObject, where: string): ReadDocument {
  onlyKnown(source, where, ['type', 'content'])
  const content = source['content'] ?? null
  const pieces =
    typeof content === 'string'
      ? [content]
      : list(content, `${where}.content`).map((piece, index) => readPiece(piece, `${where}.content.${index}`))
  const bytes = Buffer.from(JSON.stringify(content), 'utf8')
  return { bytes: bytes.length, digest: digestOf(bytes), content: { form: 'blocks', texts: pieces } }
}

/** A piece of a document in pieces: a text; an image is there and cannot be cited. */
function readPiece(value: JsonValue, where: string): string {
  const piece = record(value, where)
  if (piece['type'] === 'text') return text(piece['text'], `${where}.text.text`)
  if (piece['type'] !== 'image') throw unknownTag(piece['type'], where, ['image', 'text'])
  readImageSource(piece['source'], `${where}.image.source`)
  return ''
}

function readLink(source: JsonObject, where: string): ReadSource {
  onlyKnown(source, where, ['type', 'url'])
  const url = text(source['url'], `${where}.url`)
  if (!URL.canParse(url)) throw problemAt(`${where}.url`, 'Input should be a valid URL')
  if (!url.startsWith('https://')) throw problemAt(`${where}.url`, 'Only HTTPS URLs are supported.')
  return { bytes: LINKED_BYTES, digest: digestOf(Buffer.from(url, 'utf8')) }
}

function missingFile(source: JsonObject, where: string): ClaudeProblem {
  const id = text(source['file_id'], `${where}.file_id`)
  return new ClaudeProblem(`File not found: ${id.slice(0, 100)}`, 'missing')
}

function decoded(value: JsonValue | undefined, where: string): Buffer {
  const data = text(value, `${where}.data`)
  if (data === '') throw problemAt(where, 'base64 data must not be empty')
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(data) || data.length % 4 === 1) {
    throw problemAt(where, 'invalid base64 data')
  }
  return Buffer.from(data, 'base64')
}

/** Hexadecimal; by it a test can tell that bytes arrived as they were sent. */
function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** True where a document or a search result asks to be cited. */
export function asksForCitations(value: JsonValue | undefined, where: string): boolean {
  if (value === undefined || value === null) return false
  const citations = record(value, where)
  onlyKnown(citations, where, ['enabled'])
  const enabled = citations['enabled']
  if (enabled !== undefined && typeof enabled !== 'boolean') {
    throw problemAt(`${where}.enabled`, 'Input should be a valid boolean')
  }
  return isJsonObject(citations) && enabled === true
}
