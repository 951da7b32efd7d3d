import type { JsonValue, StreamError } from '@pointsman/contract'

import { isJsonObject } from './json-fields.ts'

const text = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')

/**
 * The error of OpenAI's forms, from the member `error` of a body or an event: `{"message","type","code"}`, with a number
 * in `code` where servers repeat the status there, or a bare text. Null where there is none.
 */
export function readOpenaiError(error: JsonValue | undefined): StreamError | null {
  if (typeof error === 'string') return { name: 'error', message: error }
  if (!isJsonObject(error)) return null
  const { code } = error
  const name = text(code) || (typeof code === 'number' ? String(code) : '') || text(error['type']) || 'error'
  return { name, message: text(error['message']) }
}
