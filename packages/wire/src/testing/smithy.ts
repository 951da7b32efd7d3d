import { EventStreamCodec } from '@smithy/eventstream-codec'

import { decode, encode } from './dialects-for-tests.ts'

/** The official codec of AWS event streams: the outside judge of ours. */
export const smithy = new EventStreamCodec(
  (input: Uint8Array | string) => (typeof input === 'string' ? input : decode(input)),
  (text) => encode(text),
)

/** A frame as the official codec writes it, with headers of type string. */
export const smithyFrame = (headers: Readonly<Record<string, string>>, body: Uint8Array): Uint8Array =>
  smithy.encode({
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, { type: 'string', value }] as const),
    ),
    body,
  })
