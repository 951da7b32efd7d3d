import {
  type AttemptRecord,
  type Credential,
  inOnePiece,
  type Provider,
  spanBelow,
  toPointsmanError,
  type UpstreamFailure,
  type UpstreamRequest,
  writeTraceparent,
} from '@pointsman/contract'
import { outcomeOf, type Admission, type CallOutcome } from '@pointsman/core'
import {
  ownFailure,
  ownOverload,
  packedFailure,
  type AnswerReceiver,
  type AttemptControl,
  type AttemptEnd,
} from './answer-receiver.ts'
import { joinBytes } from './bytes.ts'
import type { Timeouts } from './job.ts'
import { sendDrilled, type DrilledListener } from './drilled-call.ts'
import type { DrillUnderWay } from './drills.ts'
import { PhaseTimers, type Phase } from './phase-timers.ts'
import type { TransportFailure, UpstreamCall, UpstreamHead } from './ports.ts'
import type { PreparedCandidate } from './prepare.ts'
import type { Run } from './run.ts'
import { withOneMore } from './with-one-more.ts'
import { failureWithoutSecret, mayQuote, secretOf, withoutSecret } from './without-secret.ts'

// An error's text says what it has to say long before this; the rest is not read.
const maxFailureBytes = 64 * 1024

/**
 * One call upstream, from the credential to its end, with its four limits and its line in the record. A class with
 * fixed fields that is itself the transport's listener: one object a call, no closure for each piece.
 */
export class Attempt implements DrilledListener, AttemptControl {
  readonly startedAtUs: number
  /** The request went out on a connection: the vendor may bill its input. */
  sent = false
  readonly #run: Run
  readonly #prepared: PreparedCandidate
  readonly #startedAtMs: number
  readonly #timeouts: Timeouts
  readonly #timers: PhaseTimers
  readonly #ended = Promise.withResolvers<AttemptEnd>()
  /** What a vendor that quotes the request may quote of us. */
  #secret: string | null = null
  /** Null = none was taken, so none was refused. */
  #credentialName: string | null = null
  #receiver: AnswerReceiver | null = null
  #call: UpstreamCall | null = null
  #head: UpstreamHead | null = null
  #headAtUs: number | null = null
  #firstContentAtUs: number | null = null
  #answeredAtUs: number | null = null
  /** Body of an answer that is not 2xx; null while (or because) the answer is one. */
  #failureBody: Uint8Array[] | null = null
  #failureBytes = 0
  #upstreamEnded = false
  readonly #admission: Admission
  readonly #drill: DrillUnderWay | null
  /** A drill stands in the connection's place: the wait for the first byte runs already. */
  #pretended = false
  #wasHit = false
  #over = false

  constructor(run: Run, prepared: PreparedCandidate, timeouts: Timeouts = run.job.timeouts) {
    const { clock } = run.engine.ports
    this.#run = run
    this.#admission = run.admission
    this.#prepared = prepared
    this.#drill = run.drillOn(prepared.candidate)
    this.#timeouts = timeouts
    this.#startedAtMs = clock.nowMs()
    this.startedAtUs = clock.nowUs()
    this.#timers = new PhaseTimers({
      clock,
      timeouts,
      startedAtUs: this.startedAtUs,
      deadlineUs: run.deadlineUs,
      onTimeout: (ranOut) => this.#timedOut(ranOut),
    })
  }

  /** The receiver outlives the call: what it holds is sent once the record is safe. Never rejects. */
  start(receiver: AnswerReceiver): Promise<AttemptEnd> {
    this.#receiver = receiver
    this.#run.current = this
    const { credentials } = this.#run.engine.ports
    // Now: a heartbeat may commit, and so let go of it, before the credential is there.
    const { body } = this.#prepared
    try {
      const credential = credentials.get(this.#prepared.provider.id)
      if (!(credential instanceof Promise)) this.#send(credential, body, this.#startedAtMs)
      else
        credential.then(
          (found) => this.#send(found, body, this.#run.engine.ports.clock.nowMs()),
          (thrown: unknown) => this.#failWith(thrown),
        )
    } catch (thrown) {
      this.#failWith(thrown)
    }
    return this.#ended.promise
  }

  #send(credential: Credential, body: PreparedCandidate['body'], nowMs: number): void {
    if (this.#over) return
    this.#secret = secretOf(credential)
    const { engine, job } = this.#run
    const { candidate, provider } = this.#prepared
    try {
      this.#credentialName = engine.refusedCredentials.nameOf(provider.id, credential)
      const request = provider.buildRequest(
        {
          operation: job.operation,
          dialect: this.#prepared.dialect.name,
          callerHeaders: this.#prepared.headers,
          upstreamId: candidate.upstreamId,
          region: candidate.region,
          body,
          credential,
          baseUrl: engine.baseUrls.get(provider.id) ?? null,
          nowMs,
        },
        engine.ports.digests,
      )
      this.#call = this.#transmit(traced(request, this.#run))
    } catch (thrown) {
      this.#failWith(thrown)
    }
  }

  #transmit(request: UpstreamRequest): UpstreamCall {
    const { clock, transport } = this.#run.engine.ports
    const underWay = this.#drill
    if (underWay === null) return transport.send(request, this)
    const streamOf = this.#run.job.operation === 'chat-stream' ? this.#prepared.dialect : null
    return sendDrilled({ underWay, transport, clock, request, streamOf, listener: this })
  }

  connected(): void {
    if (this.#over) return
    this.sent = true
    if (!this.#pretended) this.#timers.enter('first-byte')
  }

  pretendConnected(): void {
    if (this.#over) return
    this.#pretended = true
    this.#timers.enter('first-byte')
  }

  hit(): void {
    this.#wasHit = true
  }

  head(head: UpstreamHead): void {
    if (this.#over) return
    this.#head = head
    this.#headAtUs = this.#run.nowUs()
    if (head.status >= 200 && head.status < 300) {
      const coding = head.headers['content-encoding']?.toLowerCase() ?? ''
      if (coding !== '' && coding !== 'identity')
        return this.finish({ kind: 'failed', failure: packedFailure(coding) })
      // Here and in `data` and `end` not through `#guarded`: no closure for each call and piece.
      try {
        this.#receiver?.head(head)
      } catch (thrown) {
        this.#failWith(thrown)
      }
    } else if (head.status < 400) {
      // Never followed: the address behind it has not been checked, and our credential must not go there.
      const message = `The provider answered ${head.status}, a redirect, which is never followed.`
      this.finish({
        kind: 'failed',
        failure: { ...ownFailure('upstream_error', message), status: head.status },
      })
    } else {
      this.#failureBody = []
    }
  }

  data(bytes: Uint8Array): void {
    if (this.#over) return
    this.#timers.touch()
    if (this.#failureBody === null) {
      try {
        this.#receiver?.data(bytes)
      } catch (thrown) {
        this.#failWith(thrown)
      }
      return
    }
    this.#failureBody.push(bytes)
    this.#failureBytes += bytes.byteLength
    if (this.#failureBytes > maxFailureBytes) this.#finishFailure(this.#failureBody)
  }

  end(): void {
    this.#upstreamEnded = true
    if (this.#over) return
    if (this.#failureBody !== null) return this.#finishFailure(this.#failureBody)
    try {
      this.#receiver?.end()
    } catch (thrown) {
      this.#failWith(thrown)
    }
  }

  failed({ kind, message }: TransportFailure): void {
    this.#upstreamEnded = true
    const failures = {
      busy: ownOverload(message),
      connect: ownFailure('upstream_unreachable', `No connection to the provider: ${message}`),
      broken: ownFailure('upstream_broken', `The connection to the provider broke: ${message}`),
    }
    this.#broke(failures[kind])
  }

  clientLeft(): void {
    this.finish({ kind: 'client-left' })
  }

  firstContent(): void {
    this.#firstContentAtUs = this.#run.nowUs()
    this.#run.firstContentAtUs ??= this.#firstContentAtUs
    this.#timers.enter('idle', this.#firstContentAtUs)
    // A probe has told what it was sent for: a stream may take minutes more.
    if (this.#admission !== 'pass' && this.#run.job.operation === 'chat-stream') {
      this.#noteCircuit('success', null, this.#run.engine.ports.clock.nowMs())
    }
  }

  answered(): void {
    this.#answeredAtUs = this.#run.nowUs()
  }

  pause(): void {
    if (this.#over) return
    this.#timers.hold()
    this.#call?.pause()
  }

  resume(): void {
    if (this.#over) return
    this.#timers.release()
    this.#call?.resume()
  }

  mayQuote(text: string): boolean {
    return mayQuote(text, this.#secret)
  }

  finish(given: AttemptEnd): void {
    if (this.#over) return
    const end = this.#withoutSecret(given)
    this.#over = true
    this.#timers.stop()
    if (!this.#upstreamEnded) this.#call?.abort()
    const run = this.#run
    if (run.current === this) run.current = null
    this.#record(end)
    if (end.kind === 'failed') {
      run.failures.push({ candidate: this.#prepared.candidate, failure: end.failure })
    }
    this.#ended.resolve(end)
  }

  /** A vendor that quotes our key back must not have it told to the caller. */
  #withoutSecret(end: AttemptEnd): AttemptEnd {
    if (end.kind !== 'failed') return end
    return { kind: 'failed', failure: failureWithoutSecret(end.failure, this.#secret) }
  }

  #timedOut(ranOut: Phase | 'total'): void {
    const timeouts = this.#timeouts
    const isShare = timeouts.firstByteMs < this.#run.job.timeouts.firstByteMs
    const limit = `${timeouts.firstByteMs} ms${isShare ? ', its share of the time left' : ''}`
    const proxy = this.#call?.proxy ?? null
    const way = proxy === null ? '' : ` through the proxy ${proxy}`
    const failures = {
      connect: ownFailure('upstream_timeout_connect', `No connection within ${timeouts.connectMs} ms${way}.`),
      'first-byte': ownFailure('upstream_timeout_first_byte', `No answer within ${limit}.`),
      idle: ownFailure('upstream_timeout_idle', `The answer stood still for ${timeouts.idleMs} ms.`),
      total: ownFailure('upstream_timeout_total', `The request took longer than ${timeouts.totalMs} ms.`),
    }
    // The model was not asked: our own connections were the ones that were slow to come.
    const waitedHere = !this.sent && this.#call?.queued === true
    this.#broke(waitedHere ? ownOverload('none became free in time') : failures[ranOut])
  }

  /** The upstream gave no end of its own: what had come of an error's text still counts. */
  #broke(failure: UpstreamFailure): void {
    if (this.#over) return
    if (this.#failureBody !== null) this.#finishFailure(this.#failureBody)
    else if (this.#head !== null) this.#guarded(() => this.#receiver?.failed(failure))
    else this.finish({ kind: 'failed', failure })
  }

  #finishFailure(body: readonly Uint8Array[]): void {
    const head = this.#head
    if (head === null) return
    this.#guarded(() => {
      const failure = this.#prepared.provider.readFailure(head, joinBytes(body))
      this.finish({ kind: 'failed', failure })
    })
  }

  /** A fault in reading an answer ends this attempt; thrown into the transport it would end the process. */
  #guarded(step: () => void): void {
    try {
      step()
    } catch (thrown) {
      this.#failWith(thrown)
    }
  }

  #failWith(thrown: unknown): void {
    const error = toPointsmanError(thrown)
    if (error.code === 'internal') this.#run.reportFault(thrown)
    const { retryAfterMs = null, vendorName = null } = error.details
    this.finish({
      kind: 'failed',
      failure: { code: error.code, status: null, vendorName, message: error.message, retryAfterMs },
    })
  }

  #record(end: AttemptEnd): void {
    const run = this.#run
    const { candidate, provider } = this.#prepared
    const endedAtUs = this.#answeredAtUs ?? run.nowUs()
    const span = { startedAtMs: this.startedAtUs / 1_000, endedAtMs: endedAtUs / 1_000 }
    run.spans = withOneMore(run.spans, span)
    const told = {
      modelId: candidate.modelId,
      provider: candidate.provider,
      region: candidate.region,
      startedAtMs: this.#startedAtMs,
      headersAfterMs: this.#after(this.#headAtUs),
      firstContentAfterMs: this.#after(this.#firstContentAtUs),
      endedAfterMs: (endedAtUs - this.startedAtUs) / 1_000,
      status: this.#head?.status ?? null,
      upstreamRequestId: this.#upstreamId(),
      error: errorOf(end, provider),
    }
    const hit = this.#wasHit ? this.#drill : null
    const attempt: AttemptRecord = hit === null ? told : { ...told, drill: hit.drill.fault.kind }
    run.attempts = withOneMore(run.attempts, attempt)
    const nowMs = run.engine.ports.clock.nowMs()
    const failure = end.kind === 'failed' ? end.failure : null
    // What a drill does to a call says nothing of the model, nor does what a face has no form for.
    const isTelling = failure?.unwritable !== true
    if (!this.#wasHit) {
      if (isTelling) run.engine.averages.note(attempt, nowMs)
      this.#noteCredential(attempt, nowMs)
    }
    if (isTelling) this.#noteHealth(attempt, failure?.retryAfterMs ?? null, nowMs)
    else this.#noteCircuit('neither', null, nowMs)
  }

  #noteCredential(attempt: AttemptRecord, nowMs: number): void {
    const { refusedCredentials } = this.#run.engine
    const name = this.#credentialName
    if (name === null) return
    const { error, provider, region, status } = attempt
    if (error === null) refusedCredentials.accepted(attempt, name, nowMs)
    else if (error.code === 'provider_auth')
      refusedCredentials.refused({ provider, region, status, vendorName: error.vendorName }, name, nowMs)
  }

  #after(atUs: number | null): number | null {
    return atUs === null ? null : (atUs - this.startedAtUs) / 1_000
  }

  /** Cut out of a head, as it is, it would stand in the record as a part of that text. */
  #upstreamId(): string | null {
    const id = this.#head === null ? null : this.#prepared.provider.upstreamRequestId(this.#head)
    return id === null ? null : inOnePiece(withoutSecret(id, this.#secret))
  }

  #noteHealth(
    { error, endedAfterMs, firstContentAfterMs }: AttemptRecord,
    retryAfterMs: number | null,
    nowMs: number,
  ): void {
    const code = error === null ? null : error.code
    const { totalMs } = this.#run.job.timeouts
    this.#noteCircuit(outcomeOf({ code, firstContentAfterMs, endedAfterMs, totalMs }), retryAfterMs, nowMs)
  }

  #noteCircuit(outcome: CallOutcome, retryAfterMs: number | null, nowMs: number): void {
    const { candidate } = this.#prepared
    const note = { outcome, admission: this.#admission, retryAfterMs }
    this.#run.resilienceOf(candidate).circuits.note(candidate, note, nowMs)
  }
}

/** The call's own span stands below the request's; the vendor is told of it as the caller told us. */
function traced(request: UpstreamRequest, { attempts, job }: Run): UpstreamRequest {
  const { trace } = job.facts
  if (trace === undefined) return request
  const spanId = spanBelow(trace.spanId, 2 * attempts.length + 1)
  const state = trace.state === null ? [] : ['tracestate', trace.state]
  return {
    ...request,
    headers: [...request.headers, 'traceparent', writeTraceparent(trace, spanId), ...state],
  }
}

/** What the vendor's words say is read here: after this they are kept nowhere. */
function errorOf(end: AttemptEnd, provider: Provider): AttemptRecord['error'] {
  if (end.kind === 'answered') return null
  if (end.kind === 'client-left') {
    return { code: 'client_closed', vendorName: null, message: 'The caller left before the end.' } as const
  }
  const { code, vendorName, message } = end.failure
  const refusal = provider.readRefusal?.(vendorName, message) ?? null
  return { code, vendorName, message, ...(refusal === null ? {} : { refusal }) }
}
