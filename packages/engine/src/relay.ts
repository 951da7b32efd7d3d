import {
  PointsmanError,
  type AnswerPart,
  type Finish,
  type ServedTier,
  type StreamError,
  type ToldUsage,
  type UpstreamFailure,
} from '@pointsman/contract'
import {
  DamagedStream,
  type AnswerAbout,
  type BrokenStream,
  type StreamFrame,
  type StreamReader,
  type StreamWriter,
} from '@pointsman/wire'
import {
  lastingFailure,
  ownFailure,
  toldFailure,
  unwritableFailure,
  type AnswerReceiver,
  type AttemptControl,
} from './answer-receiver.ts'
import { joinBytes, noBytes } from './bytes.ts'
import { EmittedText } from './emitted-text.ts'
import { Heartbeat } from './heartbeat.ts'
import type { UpstreamHead } from './ports.ts'
import type { PreparedCandidate } from './prepare.ts'
import type { Run } from './run.ts'

// What waits for the first content, or for the record: a few small frames. A source that sends only such is broken.
const maxWaitingBytes = 1024 * 1024

const decoder = new TextDecoder()

const isForeignBlock = (part: AnswerPart): boolean =>
  part.type === 'block-start' && part.block.kind === 'foreign'

const brokenFailure = (message: string): UpstreamFailure => lastingFailure('upstream_broken', message)

export interface RelaySetup {
  readonly run: Run
  readonly prepared: PreparedCandidate
  readonly about: AnswerAbout
  /** Sends the answer's head: the commit point. */
  commit(): void
}

/**
 * Takes a streamed answer and passes it on: the original frames where face and provider speak the same, else part by
 * part. Nothing is sent before the first content; the closing frames wait until the record is safe (`closing()`).
 */
export class Relay implements AnswerReceiver {
  committed = false
  /** Content came. Until then the stream may have been committed by a heartbeat alone. */
  begun = false
  finish: Finish | null = null
  usage: ToldUsage | null = null
  /** It failed, and told with that what it had used: nothing is left to estimate. */
  failedWithUsage = false
  /** By its head's word, which is that of who bills, else the answer's last. */
  servedTier: ServedTier | null = null
  #isTierSettled = false
  /** The vendor's own error frame, in the face's form, where both speak the same and it may be told. */
  errorFrame: Uint8Array | null = null
  /** The last frames that went out, whole. */
  #lastSent: Uint8Array | null = null
  readonly #setup: RelaySetup
  readonly #control: AttemptControl
  readonly #reader: StreamReader
  /** Null where the original frames are passed on. */
  readonly #writer: StreamWriter | null
  /** Frames before the first content. */
  readonly #opening: Uint8Array[] = []
  /** Frames that say or follow the end. */
  readonly #held: Uint8Array[] = []
  #waitingBytes = 0
  readonly #emitted = new EmittedText()
  /** What the face had no place for. */
  readonly #lateWarnings = new Set<string>()
  /** Frames of the piece being read that go out together: one write for each piece received. */
  #out: Uint8Array[] = []
  #over = false
  /** Null where the route, or the face's form, has none. */
  readonly #heartbeat: Heartbeat | null
  #clientIsFull = false

  constructor(setup: RelaySetup, control: AttemptControl) {
    const { prepared, run, about } = setup
    this.#setup = setup
    this.#control = control
    this.#reader = prepared.dialect.streamReader({
      mode: prepared.sameDialect ? 'relay' : 'translate',
      hideUsage: prepared.hideUsage,
      answers: prepared.answers,
      model: prepared.model,
    })
    this.#writer = prepared.sameDialect ? null : run.job.face.streamWriter(about)
    run.capture?.begin(prepared.sameDialect ? prepared.dialect : null)
    this.#heartbeat = this.#heartbeats()
  }

  get emittedCharacters(): number {
    return this.#emitted.characters(this.#setup.prepared.dialect)
  }

  /** What an error that ends it needs to know of it. */
  get broken(): BrokenStream {
    const { about } = this.#setup
    return { about, lastSent: this.#lastSent, named: this.#reader.named ?? null }
  }

  /** Those of the request, and those of the answer, which come too late for its head: only the record tells them. */
  get warnings(): readonly string[] {
    return [...this.#setup.prepared.warnings, ...this.#lateWarnings]
  }

  head({ headers }: UpstreamHead): void {
    // The answer's own head waits for the first content.
    this.servedTier = this.#setup.prepared.dialect.headTier?.(headers) ?? null
    this.#isTierSettled = this.servedTier !== null
  }

  data(bytes: Uint8Array): void {
    if (this.#writer === null && !this.#over) this.#setup.run.capture?.relayed(bytes)
    let frames: readonly StreamFrame[]
    try {
      frames = this.#reader.push(bytes)
    } catch (thrown) {
      if (thrown instanceof DamagedStream) this.#takeAll(thrown.frames)
      this.#damaged(thrown)
      return
    }
    this.#takeAll(frames)
    this.#send()
  }

  #takeAll(frames: readonly StreamFrame[]): void {
    for (const frame of frames) {
      if (this.#over) break
      this.#take(frame)
    }
  }

  end(): void {
    try {
      for (const frame of this.#reader.end()) {
        if (!this.#over) this.#take(frame)
      }
    } catch (thrown) {
      this.#damaged(thrown)
      return
    }
    this.#send()
    // A source that ends without saying so was cut, however tidily it closed (bedrock.md 1.7).
    this.failed(ownFailure('upstream_broken', 'The stream ended before the answer did.'))
  }

  failed(failure: UpstreamFailure): void {
    if (this.#over) return
    this.#over = true
    // Once the model has said that it is finished the answer is whole; only its usage may be missing.
    this.#control.finish(this.finish === null ? { kind: 'failed', failure } : { kind: 'answered' })
  }

  /** What remains to be sent once the record is safe. Sends the head first where no content ever came. */
  closing(): Uint8Array {
    if (!this.begun) this.#begin()
    const last = this.#writer?.end() ?? null
    if (last !== null) this.#held.push(last)
    return joinBytes([...this.#out, ...this.#held])
  }

  #take(frame: StreamFrame): void {
    let error: StreamError | null = null
    for (const part of frame.parts) error = this.#note(part) ?? error
    if (error !== null || frame.role === 'error') {
      this.#streamError(frame, error ?? { name: 'error', message: '' })
      return
    }
    let bytes: Uint8Array | null
    try {
      bytes = this.#writer === null ? frame.bytes : this.#translated(this.#writer, frame.parts)
    } catch (thrown) {
      // The face cannot say this, whatever the model said of its end.
      this.finish = null
      this.#damaged(thrown, unwritableFailure)
      return
    }
    switch (frame.role) {
      case 'content':
        if (!this.begun) this.#begin()
        // An end that content follows was not the answer's: one of several choices may finish before the others.
        if (this.#held.length > 0) this.#releaseHeld()
        if (bytes !== null) this.#out.push(bytes)
        if (this.#writer === null) this.#emitted.frame(frame.bytes)
        break
      case 'closing':
        this.#wait(this.#held, bytes)
        break
      default:
        // What this face has a place for is its client's, though nobody here knows it: it may be long, and nothing else follow.
        if (!this.begun && bytes !== null && frame.parts.some(isForeignBlock)) this.#begin()
        if (!this.begun) this.#wait(this.#opening, bytes)
        else if (this.#held.length > 0) this.#wait(this.#held, bytes)
        else if (bytes !== null) this.#out.push(bytes)
    }
  }

  /** What accounting needs of a part. Answers the error that it carries, if it is one. */
  #note(part: AnswerPart): StreamError | null {
    if (this.#writer !== null) this.#setup.run.capture?.part(part)
    switch (part.type) {
      case 'text-delta':
      case 'reasoning-delta':
      case 'tool-arguments-delta':
        if (this.#writer !== null) this.#emitted.part(part)
        break
      case 'usage':
        this.usage = part.usage
        break
      case 'finish':
        this.finish = part.finish
        break
      case 'unrecognised':
        this.#setup.run.unrecognisedFrames++
        this.#setup.run.engine.unrecognised.count(this.#setup.prepared.dialect.name, part.name)
        break
      case 'error':
        return part.error
      case 'start':
      case 'block-start':
      case 'block-end':
      case 'reasoning-signature':
      case 'redacted-reasoning':
      case 'foreign-delta':
      case 'citation':
      case 'logprobs':
        break
      case 'service-tier':
        if (!this.#isTierSettled) this.servedTier = part.served
        break
    }
    return null
  }

  #translated(writer: StreamWriter, parts: readonly AnswerPart[]): Uint8Array | null {
    const written: Uint8Array[] = []
    const { face } = this.#setup.run.job
    for (const part of parts) {
      const leftOut = face.partWarning?.(part) ?? null
      if (leftOut !== null) this.#lateWarnings.add(leftOut)
      const bytes = writer.write(part)
      if (bytes !== null) written.push(bytes)
    }
    return written.length === 0 ? null : joinBytes(written)
  }

  #begin(): void {
    this.#control.firstContent()
    this.#commit()
    this.begun = true
    this.#out.push(...this.#opening.splice(0))
    this.#waitingBytes = 0
  }

  #commit(): void {
    if (this.committed) return
    this.#setup.commit()
    this.committed = true
  }

  #heartbeats(): Heartbeat | null {
    const { job, engine } = this.#setup.run
    const { heartbeatMs: intervalMs = 0, startedAtUs: sinceUs } = job
    const bytes = job.face.heartbeat
    if (bytes === null || intervalMs === 0) return null
    return new Heartbeat({ clock: engine.ports.clock, intervalMs, sinceUs, beat: () => this.#beat(bytes) })
  }

  /** Between two frames: what goes out are whole ones. The first beat settles which model answers. */
  #beat(bytes: Uint8Array): void {
    // A client that does not read needs no sign of life.
    if (this.#clientIsFull) return
    this.#commit()
    this.#write(bytes)
  }

  /** The attempt is over, however it ended. */
  stop(): void {
    this.#heartbeat?.stop()
  }

  #releaseHeld(): void {
    this.#out.push(...this.#held.splice(0))
    this.#waitingBytes = 0
  }

  #wait(queue: Uint8Array[], bytes: Uint8Array | null): void {
    if (bytes === null) return
    queue.push(bytes)
    this.#waitingBytes += bytes.byteLength
    if (this.#waitingBytes > maxWaitingBytes) {
      this.finish = null
      this.failed(
        lastingFailure('upstream_broken', 'The stream sends frames without content and without an end.'),
      )
    }
  }

  #streamError(frame: StreamFrame, { name, message }: StreamError): void {
    this.failedWithUsage = frame.parts.some(({ type }) => type === 'usage')
    // An error counts even after the finish: the vendor takes its word back.
    this.finish = null
    const reason = message === '' ? 'The vendor gave no reason.' : message
    const failure = toldFailure(this.#setup.prepared.provider, name, reason)
    const { bytes, inside = noBytes } = frame
    // The words, too: JSON may escape what they hold.
    const told = [decoder.decode(bytes), decoder.decode(inside), name, message]
    const quotes = told.some((text) => this.#control.mayQuote(text))
    // What the vendor says of our credential is for the operator alone, and the credential itself for nobody.
    if (this.#writer === null && failure.code !== 'provider_auth' && !quotes) this.errorFrame = frame.bytes
    this.failed(failure)
  }

  #damaged(thrown: unknown, failureOf = brokenFailure): void {
    if (!(thrown instanceof PointsmanError)) throw thrown
    this.#send()
    this.failed(failureOf(thrown.message))
  }

  #send(): void {
    if (this.#out.length === 0 || !this.begun) return
    const bytes = joinBytes(this.#out)
    this.#out = []
    this.#lastSent = bytes
    this.#heartbeat?.sent()
    this.#write(bytes)
  }

  #write(bytes: Uint8Array): void {
    const { client } = this.#setup.run.job
    if (client.closed || client.write(bytes)) return
    this.#clientIsFull = true
    this.#control.pause()
    client.drained().then(this.#resume, this.#drainFailed)
  }

  readonly #resume = (): void => {
    this.#clientIsFull = false
    this.#heartbeat?.sent()
    this.#control.resume()
  }

  /** A client that cannot be written to any more has left, whatever it is called. */
  readonly #drainFailed = (): void => this.#control.finish({ kind: 'client-left' })
}
