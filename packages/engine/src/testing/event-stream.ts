import { EventStreamCodec } from '@smithy/eventstream-codec'

const codec = new EventStreamCodec(
  (bytes) => new TextDecoder().decode(bytes as Uint8Array),
  (text) => new TextEncoder().encode(text),
)

const text = (value: string) => ({ type: 'string' as const, value })

/** One event as Bedrock sends it, framed by AWS's own codec. */
export const eventFrame = (name: string, payload: unknown): Uint8Array =>
  textFrame(name, JSON.stringify(payload))

/** One event whose payload need not be JSON. */
export function textFrame(name: string, payload: string): Uint8Array {
  return codec.encode({
    headers: {
      ':event-type': text(name),
      ':content-type': text('application/json'),
      ':message-type': text('event'),
    },
    body: new TextEncoder().encode(payload),
  })
}

/** An error inside a stream, e.g. `throttlingException`. */
export function exceptionFrame(name: string, message: string): Uint8Array {
  return codec.encode({
    headers: {
      ':exception-type': text(name),
      ':content-type': text('application/json'),
      ':message-type': text('exception'),
    },
    body: new TextEncoder().encode(JSON.stringify({ message })),
  })
}

export interface ReadFrame {
  /** `messageStart`, …, or `exception throttlingException`. */
  readonly name: string
  readonly payload: unknown
}

/** The whole frames of a stream as AWS's own codec reads them; throws on bytes that are none. */
export function readFrames(bytes: Uint8Array): readonly ReadFrame[] {
  const frames: ReadFrame[] = []
  for (let at = 0; at < bytes.byteLength;) {
    const length = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0)
    const { headers, body } = codec.decode(bytes.subarray(at, at + length))
    const value = (name: string) => String(headers[name]?.value ?? '')
    const name =
      value(':message-type') === 'event' ? value(':event-type') : `exception ${value(':exception-type')}`
    frames.push({ name, payload: JSON.parse(new TextDecoder().decode(body)) as unknown })
    at += length
  }
  return frames
}

/** The frames of an answer of these pieces of text, in Bedrock's order; the text of each piece is its own frame. */
export function answerFrames(pieces: readonly string[]): readonly Uint8Array[] {
  return [
    eventFrame('messageStart', { role: 'assistant', p: 'abcd' }),
    ...pieces.map((piece) =>
      eventFrame('contentBlockDelta', { delta: { text: piece }, contentBlockIndex: 0, p: 'ab' }),
    ),
    eventFrame('contentBlockStop', { contentBlockIndex: 0, p: 'abc' }),
    eventFrame('messageStop', { stopReason: 'end_turn', p: 'a' }),
    eventFrame('metadata', {
      usage: { inputTokens: 11, outputTokens: pieces.length, totalTokens: 11 + pieces.length },
      metrics: { latencyMs: 42 },
      p: 'abcdef',
    }),
  ]
}
