import type { UpstreamRequest } from '@pointsman/contract'
import type { Dialect, StreamReader } from '@pointsman/wire'
import { joinBytes } from './bytes.ts'
import type { DrillUnderWay } from './drills.ts'
import type {
  Clock,
  Transport,
  TransportFailure,
  UpstreamCall,
  UpstreamHead,
  UpstreamListener,
} from './ports.ts'

/** What a drilled call tells beside a real one. */
export interface DrilledListener extends UpstreamListener {
  /** As if a connection had taken the request; nothing was sent. */
  pretendConnected(): void
  /** The drill did its part to this call. */
  hit(): void
}

export interface DrilledCallSetup {
  readonly underWay: DrillUnderWay
  readonly transport: Transport
  readonly clock: Clock
  readonly request: UpstreamRequest
  /** Whose frames the answer has; null = it comes whole. */
  readonly streamOf: Dialect | null
  readonly listener: DrilledListener
}

/** How soon a call that is held learns that its drill was stopped. */
const lookEveryMs = 200

const encoder = new TextEncoder()

/** In place of a transport's call: what a drill does to it looks to the engine as it would coming from a vendor. Never throws. */
export function sendDrilled(setup: DrilledCallSetup): UpstreamCall {
  const call = new DrilledCall(setup)
  queueMicrotask(() => call.begin())
  return call
}

/** One call of a drill, from its sending to its end; lives as long as its attempt. */
class DrilledCall implements UpstreamCall, UpstreamListener {
  readonly #setup: DrilledCallSetup
  readonly #reader: StreamReader | null
  #real: UpstreamCall | null = null
  /** The vendor's own error passes as it is. */
  #passes = false
  #partsLeft = 0
  #paused = false
  #over = false
  #cancel: (() => void) | null = null

  constructor(setup: DrilledCallSetup) {
    this.#setup = setup
    const { streamOf } = setup
    this.#reader = streamOf?.streamReader({ mode: 'relay', hideUsage: false }) ?? null
  }

  get queued(): boolean {
    return this.#real?.queued ?? false
  }

  get proxy(): string | null {
    return this.#real?.proxy ?? null
  }

  begin(): void {
    if (this.#over) return
    const { listener, underWay } = this.#setup
    const { fault } = underWay.drill
    switch (fault.kind) {
      case 'status':
        listener.pretendConnected()
        this.#answer(fault.status, fault.retryAfterS)
        return
      case 'latency':
        listener.hit()
        listener.pretendConnected()
        this.#hold(fault.delayMs, () => this.#send())
        return
      case 'stall':
      case 'cut':
        if (fault.afterParts > 0 && this.#reader !== null) {
          this.#partsLeft = fault.afterParts
          this.#send()
          return
        }
        listener.pretendConnected()
        this.#strike()
        return
      default:
        fault satisfies never
    }
  }

  pause(): void {
    this.#paused = true
    this.#real?.pause()
  }

  resume(): void {
    this.#paused = false
    this.#real?.resume()
  }

  abort(): void {
    this.#over = true
    this.#cancel?.()
    this.#real?.abort()
  }

  connected(): void {
    if (!this.#over) this.#setup.listener.connected()
  }

  head(head: UpstreamHead): void {
    if (this.#over) return
    this.#passes = this.#partsLeft === 0 || head.status < 200 || head.status >= 300
    this.#setup.listener.head(head)
  }

  data(bytes: Uint8Array): void {
    if (this.#over) return
    if (this.#passes || this.#reader === null) this.#setup.listener.data(bytes)
    else this.#count(this.#reader, bytes)
  }

  end(): void {
    if (this.#over) return
    if (!this.#passes && this.#reader !== null) this.#passRest(this.#reader)
    this.#finish((listener) => listener.end())
  }

  failed(failure: TransportFailure): void {
    this.#finish((listener) => listener.failed(failure))
  }

  #send(): void {
    const { request, transport } = this.#setup
    this.#real = transport.send(request, this)
    if (this.#paused) this.#real.pause()
  }

  #answer(status: number, retryAfterS: number | null): void {
    const { listener } = this.#setup
    const message = `Injected by the drill ${this.#id}: the provider was not called.`
    listener.hit()
    listener.head({
      status,
      headers: {
        'content-type': 'application/json',
        ...(retryAfterS === null ? {} : { 'retry-after': String(retryAfterS) }),
      },
    })
    // The one place where each vendor's errors have their words.
    if (!this.#over) listener.data(encoder.encode(JSON.stringify({ message, error: { message } })))
    this.#finish(() => listener.end())
  }

  /** Passes whole frames on until enough of them held content. */
  #count(reader: StreamReader, bytes: Uint8Array): void {
    const passed: Uint8Array[] = []
    try {
      for (const frame of reader.push(bytes)) {
        passed.push(frame.bytes)
        if (frame.role !== 'content') continue
        this.#partsLeft -= 1
        if (this.#partsLeft === 0) break
      }
    } catch {
      // A damaged frame is for who reads the answer to judge, and to tell of.
      this.#passes = true
      passed.push(bytes)
    }
    if (passed.length > 0) this.#setup.listener.data(joinBytes(passed))
    if (this.#partsLeft === 0 && !this.#over) this.#strike()
  }

  /** The answer had fewer parts than the drill lets pass: it was not hit. */
  #passRest(reader: StreamReader): void {
    try {
      const rest = reader.end().map(({ bytes }) => bytes)
      if (rest.length > 0) this.#setup.listener.data(joinBytes(rest))
    } catch {
      // Half a frame at the end: without it whoever reads the answer sees that it was cut.
      this.#passes = true
    }
  }

  /** Nothing more comes of the vendor's answer. */
  #strike(): void {
    const { listener, underWay } = this.#setup
    listener.hit()
    this.#real?.abort()
    const broken = (message: string) => () =>
      this.#finish(() => listener.failed({ kind: 'broken', message: `${message} ${this.#id}` }))
    if (underWay.drill.fault.kind === 'cut') broken('cut by the drill')()
    else this.#hold(Infinity, broken('held still until the end of the drill'))
  }

  get #id(): string {
    return this.#setup.underWay.drill.id
  }

  /** Waits for so long, or until the drill is over. */
  #hold(spanMs: number, then: () => void): void {
    const { clock, underWay } = this.#setup
    if (this.#over) return
    if (spanMs <= 0 || !underWay.goesOn()) return then()
    const sliceMs = Math.min(spanMs, lookEveryMs)
    this.#cancel = clock.after(sliceMs, () => this.#hold(spanMs - sliceMs, then))
  }

  #finish(tell: (listener: DrilledListener) => void): void {
    if (this.#over) return
    this.#over = true
    tell(this.#setup.listener)
  }
}
