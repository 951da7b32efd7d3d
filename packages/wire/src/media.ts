import type { MediaSource } from '@pointsman/contract'

import { invalidField } from './json-fields.ts'

/** One kind of media by the names under which vendors know it. */
interface MediaKind {
  readonly mediaType: string
  /** Converse's word, and the usual extension of a file. */
  readonly format: string
}

export const imageKinds: readonly MediaKind[] = [
  { mediaType: 'image/png', format: 'png' },
  { mediaType: 'image/jpeg', format: 'jpeg' },
  { mediaType: 'image/gif', format: 'gif' },
  { mediaType: 'image/webp', format: 'webp' },
]

export const documentKinds: readonly MediaKind[] = [
  { mediaType: 'application/pdf', format: 'pdf' },
  { mediaType: 'text/csv', format: 'csv' },
  { mediaType: 'application/msword', format: 'doc' },
  { mediaType: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document', format: 'docx' },
  { mediaType: 'application/vnd.ms-excel', format: 'xls' },
  { mediaType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', format: 'xlsx' },
  { mediaType: 'text/html', format: 'html' },
  { mediaType: 'text/plain', format: 'txt' },
  { mediaType: 'text/markdown', format: 'md' },
]

const aliases = new Map([
  ['image/jpg', 'image/jpeg'],
  ['application/csv', 'text/csv'],
  ['text/x-markdown', 'text/markdown'],
])

/** Lower case, without parameters (`; charset=…`), in its usual spelling. */
export function usualMediaType(text: string): string {
  const bare = (text.split(';')[0] ?? '').trim().toLowerCase()
  return aliases.get(bare) ?? bare
}

export const formatOf = (kinds: readonly MediaKind[], mediaType: string): string | null =>
  kinds.find((kind) => kind.mediaType === usualMediaType(mediaType))?.format ?? null

export const mediaTypeOf = (kinds: readonly MediaKind[], format: string): string | null =>
  kinds.find((kind) => kind.format === format)?.mediaType ?? null

// Searching for what must not be there never backtracks, whatever the length.
const notBase64 = /[^A-Za-z0-9+/]/

/** Base64 as it was sent, less white space. Throws `invalid_request`: a vendor's own words for it name no field. */
export function needBase64(text: string, field: string): string {
  const data = /\s/.test(text) ? text.replace(/\s+/g, '') : text
  const padding = data.endsWith('==') ? 2 : data.endsWith('=') ? 1 : 0
  if (data === '' || notBase64.test(data.slice(0, data.length - padding)))
    throw invalidField(field, 'must hold bytes as base64 text.')
  return data
}

export interface DataUrl {
  readonly mediaType: string
  readonly source: MediaSource & { readonly kind: 'base64' }
}

/** Reads `data:image/png;base64,…`; null where the text is no data URL. Throws `invalid_request` on a broken one. */
export function readDataUrl(url: string, field: string): DataUrl | null {
  if (!/^data:/i.test(url)) return null
  const comma = url.indexOf(',')
  const head = comma < 0 ? '' : url.slice(5, comma)
  if (!/;\s*base64\s*$/i.test(head)) {
    throw invalidField(field, 'must be a data URL of the form data:<media type>;base64,<bytes>.')
  }
  const mediaType = usualMediaType(head)
  if (mediaType === '')
    throw invalidField(field, 'must name its media type: data:<media type>;base64,<bytes>.')
  return { mediaType, source: { kind: 'base64', data: needBase64(url.slice(comma + 1), field) } }
}
