import { hash } from 'node:crypto'
import type { PromptBlock } from '../answer/prompt.ts'
import { invalid, invalidValue } from './failure.ts'

const DATA_URL = /^data:([a-z0-9.+-]+\/[a-z0-9.+-]+);base64,([A-Za-z0-9+/]+={0,2})$/i
const IMAGE_TYPES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp']

/** An image by its address or its bytes. An address is not fetched; a picture behind it counts as seen. */
export function imageBlock(url: string, where: string): PromptBlock {
  if (/^https?:\/\//.test(url)) return { kind: 'image', bytes: 0, digest: hash('sha256', url) }
  const data = DATA_URL.exec(url)
  if (data === null) {
    throw invalidValue(
      `Invalid '${where}'. Expected a valid URL, or a base64-encoded data URL with an image MIME type (e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU=').`,
      where,
    )
  }
  const [, type = '', base64 = ''] = data
  if (!IMAGE_TYPES.includes(type.toLowerCase())) {
    throw invalid(`Invalid MIME type. Only image types are supported.`, where, 'invalid_image_format')
  }
  return { kind: 'image', bytes: Buffer.byteLength(base64, 'base64'), digest: hash('sha256', base64) }
}

/** A file by its bytes, as a data URL; PDF is what the vendor reads. */
export function fileBlock(fileData: string, filename: string, where: string): PromptBlock {
  const data = DATA_URL.exec(fileData)
  if (data === null) {
    throw invalidValue(`Invalid '${where}'. Expected a base64-encoded data URL with a MIME type.`, where)
  }
  const [, type = '', base64 = ''] = data
  if (type.toLowerCase() !== 'application/pdf') {
    throw invalid(
      `Invalid file data: '${where}'. Expected a base64-encoded data URL with an application/pdf MIME type, but got unsupported MIME type '${type}'.`,
      where,
      'invalid_file_data',
    )
  }
  return {
    kind: 'document',
    name: filename,
    bytes: Buffer.byteLength(base64, 'base64'),
    digest: hash('sha256', base64),
  }
}
