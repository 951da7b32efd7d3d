import type { DocumentPart, ImagePart, JsonObject, MediaSource } from '@pointsman/contract'

import { usualMediaType } from '../media.ts'
import { unsupported } from '../warning-list.ts'

/** ai.google.dev: image understanding and document processing, 2026-10. GIF is not among them. */
const images = /^image\/(?:png|jpeg|webp|heic|heif|avif)$/
const documents = /^(?:application\/(?:pdf|json|xml|rtf|x-javascript|x-python)|text\/[a-z0-9.+-]+)$/

const extensions: ReadonlyMap<string, string> = new Map([
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['webp', 'image/webp'],
  ['heic', 'image/heic'],
  ['heif', 'image/heif'],
])

/** What an address says of its media by its last letters; null where it says nothing. */
function mediaTypeOfUrl(url: string): string | null {
  const extension = /\.([A-Za-z]{3,4})(?:[?#]|$)/.exec(url)?.[1]?.toLowerCase()
  return extension === undefined ? null : (extensions.get(extension) ?? null)
}

function writeSource(source: MediaSource, mimeType: string | null, displayName: string | null): JsonObject {
  const name = displayName === null ? {} : { displayName }
  const type = mimeType === null ? {} : { mimeType }
  switch (source.kind) {
    case 'base64':
      return { inlineData: { ...type, data: source.data, ...name } }
    case 'url':
      return { fileData: { ...type, fileUri: source.url, ...name } }
    case 's3':
      throw unsupported(
        'messages',
        'this model takes no media from S3; send the bytes, or an https:// address.',
      )
  }
}

export function writeImage({ mediaType, source }: ImagePart): JsonObject {
  const told = mediaType === null ? null : usualMediaType(mediaType)
  const guessed = told ?? (source.kind === 'url' ? mediaTypeOfUrl(source.url) : 'image/png')
  if (guessed !== null && !images.test(guessed)) {
    throw unsupported('messages', 'images must be PNG, JPEG, WebP, HEIC, HEIF or AVIF for this model.')
  }
  return writeSource(source, guessed, null)
}

export function writeDocument({ mediaType, name, source }: DocumentPart): JsonObject {
  if (source.kind === 'text') return { text: `${name}\n\n${source.text}` }
  const usual = usualMediaType(mediaType)
  if (!documents.test(usual)) {
    throw unsupported('messages', 'documents must be PDF, text, JSON, XML or RTF for this model.')
  }
  return writeSource(source, usual, null)
}
