import type { DocumentPart, ImagePart, JsonObject } from '@pointsman/contract'

import { fieldPath, needString, readString } from '../json-fields.ts'
import { documentKinds, formatOf, usualMediaType } from '../media.ts'
import { readBytes } from './quirk-base64.ts'
import { spelled } from './quirk-spelling.ts'

export const isImage = (mediaType: string): boolean => mediaType.startsWith('image/')
export const isDocument = (mediaType: string): boolean =>
  mediaType.startsWith('text/') || formatOf(documentKinds, mediaType) !== null

const webAddress = /^https?:\/\//i
/** Files that were uploaded to Google are known there only. */
const uploaded = /^https:\/\/generativelanguage\.googleapis\.com\//i

/** Bytes inside the part; null for media of kinds that the neutral form has no word for (sound, films). */
export function readInline(blob: JsonObject, path: string): ImagePart | DocumentPart | null {
  const mediaType = usualMediaType(needString(blob, spelled(blob, 'mimeType'), path))
  if (!isImage(mediaType) && !isDocument(mediaType)) return null
  const data = readBytes(needString(blob, 'data', path), fieldPath(path, 'data'))
  const source = { kind: 'base64', data } as const
  if (isImage(mediaType)) return { kind: 'image', mediaType, source }
  const name = readString(blob, spelled(blob, 'displayName'), path) ?? 'document'
  return { kind: 'document', mediaType, name, source }
}

/** Bytes at an address that any vendor may fetch; null for all others. */
export function readFile(file: JsonObject, path: string): ImagePart | DocumentPart | null {
  const url = needString(file, spelled(file, 'fileUri'), path)
  const mimeType = readString(file, spelled(file, 'mimeType'), path)
  if (!webAddress.test(url) || uploaded.test(url) || mimeType === null) return null
  const mediaType = usualMediaType(mimeType)
  const source = { kind: 'url', url } as const
  if (isImage(mediaType)) return { kind: 'image', mediaType, source }
  if (!isDocument(mediaType)) return null
  const name = readString(file, spelled(file, 'displayName'), path) ?? 'document'
  return { kind: 'document', mediaType, name, source }
}
