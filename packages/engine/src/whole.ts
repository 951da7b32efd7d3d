import { PointsmanError, type ServedTier, type UpstreamFailure, type WholeResult } from '@pointsman/contract'
import { FailedAnswer } from '@pointsman/wire'
import {
  lastingFailure,
  toldFailure,
  unwritableFailure,
  type AnswerReceiver,
  type AttemptControl,
} from './answer-receiver.ts'
import { joinBytes, noBytes } from './bytes.ts'
import type { UpstreamHead } from './ports.ts'
import type { PreparedCandidate } from './prepare.ts'
import { withOneMore } from './with-one-more.ts'

/** A whole answer is kept in memory until its record is safe. */
const usualMaxBytes = 50 * 1_048_576

/** Takes an answer that comes whole: nothing of it is sent before all of it has been read and understood. */
export class WholeAnswer implements AnswerReceiver {
  result: WholeResult | null = null
  /** What it tells of itself: the result, or of an answer that failed what it had used. */
  told: WholeResult | null = null
  body: Uint8Array = noBytes
  contentType = 'application/json'
  readonly #prepared: PreparedCandidate
  readonly #control: AttemptControl
  readonly #write: (result: WholeResult) => Uint8Array
  readonly #maxBytes: number
  #headers: UpstreamHead['headers'] = {}
  #pieces: Uint8Array[] = []
  #size = 0

  /** `write`: in the face's form, where that is not the provider's. */
  constructor(
    prepared: PreparedCandidate,
    control: AttemptControl,
    write: (result: WholeResult) => Uint8Array,
    maxBytes = usualMaxBytes,
  ) {
    this.#write = write
    this.#maxBytes = maxBytes
    this.#prepared = prepared
    this.#control = control
  }

  /** By its head's word, which is that of who bills, else the answer's. */
  get servedTier(): ServedTier | null {
    return this.#prepared.dialect.headTier?.(this.#headers) ?? this.told?.serviceTier ?? null
  }

  head(head: UpstreamHead): void {
    this.#headers = head.headers
    const contentType = head.headers['content-type']
    if (this.#prepared.sameDialect && contentType !== undefined) this.contentType = contentType
  }

  data(bytes: Uint8Array): void {
    const isFirst = this.#pieces.length === 0
    if (isFirst) this.#control.firstContent()
    this.#pieces = withOneMore(this.#pieces, bytes)
    this.#size += bytes.byteLength
    if (this.#size > this.#maxBytes) {
      // Given back at once: another candidate may fill as much.
      this.#pieces.length = 0
      const limit = `${this.#maxBytes / 1_048_576} MiB, the limit for one that comes whole`
      this.failed(lastingFailure('upstream_broken', `The answer is larger than ${limit}.`))
    }
  }

  end(): void {
    this.body = joinBytes(this.#pieces)
    try {
      this.result = this.#prepared.form.readResult(this.body, this.#headers, this.#prepared.model)
      this.told = this.result
      this.#control.answered()
      if (!this.#prepared.sameDialect) this.body = this.#write(this.result)
    } catch (thrown) {
      // Another candidate may give an answer that its own dialect can read and the face can write.
      if (!(thrown instanceof PointsmanError)) throw thrown
      if (thrown instanceof FailedAnswer) this.told = thrown.told
      this.failed(this.result === null ? this.#failureOf(thrown) : unwritableFailure(thrown.message))
      return
    }
    this.#control.finish({ kind: 'answered' })
  }

  /** An error that came as an answer, with status 200, says as much as one that came as an error. */
  #failureOf({ code, message, details }: PointsmanError): UpstreamFailure {
    const { vendorName } = details
    return code === 'upstream_error' && vendorName !== undefined && vendorName !== ''
      ? toldFailure(this.#prepared.provider, vendorName, message)
      : lastingFailure('upstream_broken', `The answer cannot be read: ${message}`)
  }

  failed(failure: UpstreamFailure): void {
    this.#control.finish({ kind: 'failed', failure })
  }
}
