import { crc32 } from 'node:zlib'
import { wholeBody, type BodyBytes, type UpstreamRequest } from '@pointsman/contract'
import type { Transport, UpstreamListener } from '@pointsman/engine'
import { createChance, type Chance } from '../chance.ts'
import { changeBytes, changeStructure } from './mutate.ts'
import { writeJson } from './odd-values.ts'
import { encodeEvent, sampleAnswers, type SampleAnswers, type SampleEvent } from './samples.ts'

/** What a vendor says to one call: pieces as they leave its socket. */
export interface VendorAnswer {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly pieces: readonly Uint8Array[]
  /** The connection dies after the last piece. */
  readonly breaks: boolean
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** How often a vendor is well; the rest are answers that it should not give. */
const goodShare = 0.4

const statuses = [201, 204, 301, 400, 401, 403, 404, 408, 413, 422, 424, 429, 499, 500, 502, 503, 504, 529]
const errorBodies: readonly unknown[] = [
  { error: { message: 'no', type: 'invalid_request_error', param: null, code: null } },
  { type: 'error', error: { type: 'overloaded_error', message: 'no' } },
  { message: 'no', __type: 'ThrottlingException' },
  { error: { code: 400, message: 'no', status: 'INVALID_ARGUMENT', details: [] } },
  [{ error: { code: 400, message: 'no', status: 'INVALID_ARGUMENT' } }],
]

/** Bytes as a socket might cut them. */
function inPieces(bytes: Uint8Array, chance: Chance): readonly Uint8Array[] {
  if (bytes.length === 0 || chance.happens(0.5)) return [bytes]
  const size = 1 + chance.below(chance.happens(0.2) ? 3 : bytes.length)
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.subarray(at * size, (at + 1) * size),
  )
}

/** The text of an event's data, or a binary event's payload, changed. */
function changeEvent(event: SampleEvent, chance: Chance): SampleEvent {
  if (typeof event !== 'string') {
    const name = chance.happens(0.2)
      ? chance.one(['', 'chunk', 'messageStop', 'metadata', 'validationException', 'xNew'])
      : event[0]
    return [name, changeStructure(event[1], chance)]
  }
  const at = event.indexOf('data: ')
  const data = event.slice(at + 6).trim()
  if (data === '[DONE]') return chance.one(['data: [DONE]\n\n', 'data: {}\n\n', '', ': x\n\n'])
  return `${event.slice(0, at)}data: ${writeJson(changeStructure(JSON.parse(data), chance))}\n\n`
}

function changeEvents(events: readonly SampleEvent[], chance: Chance): readonly SampleEvent[] {
  const at = chance.below(events.length)
  const event = events[at] ?? ''
  switch (chance.below(6)) {
    case 0:
      return events.slice(0, at)
    case 1:
      return events.toSpliced(at, 1)
    case 2:
      return events.toSpliced(at, 0, event)
    case 3:
      return events.toReversed()
    default:
      return events.with(at, changeEvent(event, chance))
  }
}

function streamBytes(streams: SampleAnswers['streams'], chance: Chance, isGood: boolean): Uint8Array {
  const events = chance.one(streams)
  const said = isGood ? events : changeEvents(events, chance)
  const bytes = Buffer.concat(said.map((event) => encodeEvent(event, writeJson)))
  return !isGood && chance.happens(0.3) ? changeBytes(bytes, chance) : bytes
}

function wholeBytes(bodies: readonly unknown[], chance: Chance, isGood: boolean): Uint8Array {
  const body = chance.one(bodies)
  const bytes = encoder.encode(writeJson(isGood ? body : changeStructure(body, chance)))
  return !isGood && chance.happens(0.3) ? changeBytes(bytes, chance) : bytes
}

const asksForStream = (body: BodyBytes): boolean =>
  /"stream"\s*:\s*true/.test(decoder.decode(wholeBody(body)))

/** What the samples' vendors say at a path: well or damaged, by chance. Throws for a path that no vendor has. */
export function answerByChance(request: UpstreamRequest, chance: Chance): VendorAnswer {
  const found = sampleAnswers.find(([path]) => path.test(request.path))
  if (found === undefined) throw new Error(`no vendor has the path ${request.path}`)
  const answers = asksForStream(request.body) ? found[1].stream : found[1].whole
  const isGood = chance.happens(goodShare)
  if (!isGood && chance.happens(0.2)) {
    const body = encoder.encode(writeJson(changeStructure(chance.one(errorBodies), chance)))
    const waits = chance.one(['', '1', '0', '-5', '1e400', 'soon', 'Wed, 21 Oct 2099 07:28:00 GMT'])
    return {
      status: chance.one(statuses),
      headers: { 'content-type': 'application/json', 'retry-after': waits },
      pieces: inPieces(chance.happens(0.3) ? changeBytes(body, chance) : body, chance),
      breaks: chance.happens(0.1),
    }
  }
  const bytes =
    answers.streams.length > 0
      ? streamBytes(answers.streams, chance, isGood)
      : wholeBytes(answers.whole, chance, isGood)
  return {
    status: 200,
    headers: { 'content-type': answers.contentType },
    pieces: inPieces(bytes, chance),
    breaks: !isGood && chance.happens(0.1),
  }
}

/** A network in this process: the same call of the same body is answered the same, whenever it comes. */
export function vendorTransport(seed: number, answer: typeof answerByChance = answerByChance): Transport {
  return {
    send(request, listener) {
      let aborted = false
      const chance = createChance(seed ^ crc32(wholeBody(request.body), crc32(request.path)))
      const call = answer(request, chance)
      // Never called back before it has returned, as the port has it.
      queueMicrotask(() => speak(call, listener, () => aborted))
      return {
        queued: false,
        proxy: null,
        pause: () => undefined,
        resume: () => undefined,
        abort: () => {
          aborted = true
        },
      }
    },
    close: async () => undefined,
  }
}

function speak(answer: VendorAnswer, listener: UpstreamListener, isOver: () => boolean): void {
  const steps = [
    () => listener.connected(),
    () => listener.head({ status: answer.status, headers: answer.headers }),
    ...answer.pieces.map((piece) => () => listener.data(piece)),
    () => (answer.breaks ? listener.failed({ kind: 'broken', message: 'cut' }) : listener.end()),
  ]
  for (const step of steps) {
    if (isOver()) return
    step()
  }
}
