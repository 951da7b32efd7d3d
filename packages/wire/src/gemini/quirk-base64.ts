import { needBase64 } from '../media.ts'

/**
 * Google's JSON holds bytes in either alphabet of base64, with padding or without (protobuf's JSON mapping, 2026-11);
 * other vendors take the usual one only. Throws `invalid_request`.
 */
export function readBytes(text: string, field: string): string {
  const usual = /[-_]/.test(text) ? text.replaceAll('-', '+').replaceAll('_', '/') : text
  const data = needBase64(usual, field)
  return data.length % 4 === 0 ? data : data.padEnd(data.length + 4 - (data.length % 4), '=')
}
