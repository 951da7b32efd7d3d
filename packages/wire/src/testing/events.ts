import type { Dialect } from '../dialect.ts'
import { encodeFrame, encodeHeaders, EventStreamDecoder } from '../framing/event-stream.ts'
import { crc32, decode, decodeJson, encode } from './dialects-for-tests.ts'

/** The events of a stream as files hold them: texts, or pairs of name and payload where frames are binary. */
export type Event = string | readonly [string, unknown]

const checksum = (bytes: Uint8Array, start?: number): number => crc32(bytes, start)
const isBinary = (dialect: Dialect): boolean => dialect.streamContentType.includes('amazon.eventstream')

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const openChunk = ({ bytes }: { readonly bytes: string }): unknown =>
  JSON.parse(Buffer.from(bytes, 'base64').toString())

/** The payload of InvokeModel's chunks stands unpacked in files. */
export function encodeEvent(event: Event): Uint8Array {
  if (typeof event === 'string') return encode(event)
  const [name, payload] = event
  const kind = name.endsWith('Exception') ? 'exception' : 'event'
  const headers = encodeHeaders([
    [`:${kind}-type`, name],
    [':content-type', 'application/json'],
    [':message-type', kind],
  ])
  const body = name === 'chunk' ? { bytes: base64(JSON.stringify(payload)) } : payload
  return encodeFrame(headers, encode(JSON.stringify(body)), checksum)
}

export function decodeEvents(bytes: Uint8Array, dialect: Dialect): readonly Event[] {
  if (!isBinary(dialect)) return decode(bytes).split(/(?<=\n\r?\n)/)
  return new EventStreamDecoder(checksum).pushAll(bytes).map(({ headers, payload }) => {
    const name = headers.get(':event-type') ?? headers.get(':exception-type') ?? ''
    const body = decodeJson(payload)
    return [name, name === 'chunk' ? openChunk(body as { readonly bytes: string }) : body]
  })
}
