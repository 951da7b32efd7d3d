import { EventStreamCodec } from '@smithy/eventstream-codec'
import { failureBody, failureMessage } from './failure.ts'

/*
 * Frames by AWS's own codec, so that an error in our reading of the format cannot hide in both ends.
 */

type FrameHeaders = Parameters<EventStreamCodec['encode']>[0]['headers']

const headerBytes = new Map<string, Uint8Array>()
const MOST_HEADER_TEXTS = 128

/** Header names and values are few and come with every frame: they are turned to bytes once. */
function headerText(text: string): Uint8Array {
  const known = headerBytes.get(text)
  if (known !== undefined) return known
  const bytes = Buffer.from(text, 'utf8')
  if (headerBytes.size < MOST_HEADER_TEXTS) headerBytes.set(text, bytes)
  return bytes
}

const codec = new EventStreamCodec((bytes) => Buffer.from(bytes as Uint8Array).toString('utf8'), headerText)

const eventHeaders = new Map<string, FrameHeaders>()

function headersOfEvent(eventType: string): FrameHeaders {
  const known = eventHeaders.get(eventType)
  if (known !== undefined) return known
  const headers: FrameHeaders = {
    ':event-type': { type: 'string', value: eventType },
    ':content-type': { type: 'string', value: 'application/json' },
    ':message-type': { type: 'string', value: 'event' },
  }
  if (eventHeaders.size < MOST_HEADER_TEXTS) eventHeaders.set(eventType, headers)
  return headers
}

/** An event; `json` is its payload as text. */
export function eventFrame(eventType: string, json: string): Uint8Array {
  return codec.encode({ headers: headersOfEvent(eventType), body: Buffer.from(json, 'utf8') })
}

/** An exception in the middle of a stream. Takes the error's name in either spelling: the wire has it in lowerCamel. */
export function exceptionFrame(name: string, message: string | null): Uint8Array {
  const wireName = `${name.charAt(0).toLowerCase()}${name.slice(1)}`
  const className = `${name.charAt(0).toUpperCase()}${name.slice(1)}`
  return codec.encode({
    headers: {
      ':exception-type': { type: 'string', value: wireName },
      ':content-type': { type: 'string', value: 'application/json' },
      ':message-type': { type: 'string', value: 'exception' },
    },
    body: Buffer.from(failureBody(className, message ?? failureMessage(className)), 'utf8'),
  })
}

/** A frame with one bit of its last checksum turned. */
export function brokenChecksum(frame: Uint8Array): Uint8Array {
  const broken = Uint8Array.from(frame)
  broken[broken.length - 1] = (broken[broken.length - 1] ?? 0) ^ 1
  return broken
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

/** The undocumented member `p` that pads real events to hide their lengths; as JSON, its comma included. */
export class Padding {
  #count = 0

  next(): string {
    this.#count += 1
    return `,"p":"${ALPHABET.slice(0, 1 + ((this.#count * 29) % ALPHABET.length))}"`
  }
}

/** Converse's own events and the wire's exceptions share this content type. */
export const eventStreamType = 'application/vnd.amazon.eventstream'
