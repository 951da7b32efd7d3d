import { crc32 } from 'node:zlib'
import { EventStreamCodec } from '@smithy/eventstream-codec'

/** In front of the time at which a chunk was sent; it stands nowhere else in a stream. */
export const mark = '@'
/** Microseconds, so many digits. */
export const stampDigits = 12

/** A vendor's stream in pieces, each framed as a chunk of HTTP/1.1. */
export interface ChunkForm {
  readonly path: string
  readonly contentType: string
  readonly opening: Buffer
  content(stamp: string): Buffer
  readonly closing: Buffer
}

type FormName = 'openai' | 'converse'

const framed = (bytes: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`${bytes.byteLength.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])

const anyStamp = '0'.repeat(stampDigits)

/** About as long as OpenAI's own: 250 bytes of which one word is new. */
function openaiForm(): ChunkForm {
  const event = (members: object): string =>
    `data: ${JSON.stringify({
      ...{
        id: 'chatcmpl-BenchBenchBenchBenchBenchBe',
        object: 'chat.completion.chunk',
        created: 1_764_000_000,
      },
      ...{ model: 'gpt-4o-2024-08-06', service_tier: 'default', system_fingerprint: 'fp_bench' },
      ...members,
    })}\n\n`
  const delta = (delta: object, reason: string | null): string =>
    event({ choices: [{ index: 0, delta, logprobs: null, finish_reason: reason }] })
  const content = framed(Buffer.from(delta({ content: ` ${mark}${anyStamp}` }, null)))
  const at = content.indexOf(mark) + 1
  const usage = { prompt_tokens: 120, completion_tokens: 80, total_tokens: 200 }
  return {
    path: '/v1/chat/completions',
    contentType: 'text/event-stream',
    opening: framed(Buffer.from(delta({ role: 'assistant', content: '', refusal: null }, null))),
    content: (stamp) => {
      const bytes = Buffer.from(content)
      bytes.write(stamp, at, 'latin1')
      return bytes
    },
    closing: Buffer.concat([
      framed(Buffer.from(`${delta({}, 'stop')}${event({ choices: [], usage })}data: [DONE]\n\n`)),
      Buffer.from('0\r\n\r\n'),
    ]),
  }
}

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString(),
  (text) => Buffer.from(text),
)

function converseEvent(name: string, payload: object): Buffer {
  const string = (value: string) => ({ type: 'string', value }) as const
  const headers = {
    ':event-type': string(name),
    ':content-type': string('application/json'),
    ':message-type': string('event'),
  }
  return Buffer.from(codec.encode({ headers, body: Buffer.from(JSON.stringify(payload)) }))
}

function converseForm(): ChunkForm {
  const delta = (text: string): Buffer =>
    converseEvent('contentBlockDelta', { contentBlockIndex: 0, delta: { text }, p: 'abcdefghijklmnop' })
  const event = delta(` ${mark}${anyStamp}`)
  const at = event.indexOf(mark) + 1
  const usage = { inputTokens: 120, outputTokens: 80, totalTokens: 200 }
  return {
    path: '/model/eu.amazon.nova-pro-v1:0/converse-stream',
    contentType: 'application/vnd.amazon.eventstream',
    opening: framed(converseEvent('messageStart', { role: 'assistant', p: 'abcdef' })),
    content: (stamp) => {
      const bytes = Buffer.from(event)
      bytes.write(stamp, at, 'latin1')
      bytes.writeUInt32BE(crc32(bytes.subarray(0, -4)), bytes.byteLength - 4)
      return framed(bytes)
    },
    closing: Buffer.concat([
      framed(converseEvent('contentBlockStop', { contentBlockIndex: 0, p: 'abc' })),
      framed(converseEvent('messageStop', { stopReason: 'end_turn', p: 'abcd' })),
      framed(converseEvent('metadata', { usage, metrics: { latencyMs: 300 }, p: 'ab' })),
      Buffer.from('0\r\n\r\n'),
    ]),
  }
}

export const forms: { readonly [Name in FormName]: ChunkForm } = {
  openai: openaiForm(),
  converse: converseForm(),
}

/** Microseconds since this process began. */
export const nowUs = (): number => performance.now() * 1_000
export const stampNow = (): string => Math.round(nowUs()).toString().padStart(stampDigits, '0')
