import { handleControl, isControlTarget } from './control-endpoints.ts'
import type { ControlledSimulator } from './control-endpoints.ts'
import { Exchange } from './exchange.ts'
import type { RequestHead } from './exchange.ts'
import type { Face } from './face.ts'
import { markerIn, newLedgerLine } from './ledger-line.ts'
import type { Ledger } from './ledger.ts'
import type { Arrival } from './listener.ts'
import { BodyReader } from './request-body.ts'

export interface IntakeOptions {
  readonly ledger: Ledger
  /** Asked in order whose a request is. */
  readonly faces: readonly Face[]
  /** Takes what no other does. */
  readonly lastFace: Face
  readonly controlled: ControlledSimulator
  readonly now: () => number
}

/** Takes each request from the listener to the one who answers it: enters it in the ledger and reads its body. */
export class Intake {
  readonly #options: IntakeOptions
  readonly #bodies = new BodyReader()

  constructor(options: IntakeOptions) {
    this.#options = options
  }

  /** Begins with a request; what breaks on the way is told in the ledger and ends that request alone. */
  take(arrival: Arrival): void {
    const { ledger, now } = this.#options
    const isControl = isControlTarget(arrival.head.target)
    const line = newLedgerLine(arrival.head, now())
    const exchange = new Exchange(arrival.head, arrival.port, isControl ? line : ledger.open(line))
    void this.#respond(arrival, exchange, isControl)
  }

  /** Never rejects. */
  async #respond(arrival: Arrival, exchange: Exchange, isControl: boolean): Promise<void> {
    const face = this.#faceOf(arrival.head)
    const body = await this.#bodies.read(arrival.body, face.mostBodyBytes)
    if (body === 'aborted') return
    if (typeof body === 'string') {
      refuseBody(exchange, face.bodyRefusal(body))
      return
    }
    try {
      exchange.line.marker = markerIn(body)
      if (isControl) handleControl(exchange, body, this.#options.controlled)
      else face.handle(exchange, body)
    } catch (error) {
      exchange.line.failure = error instanceof Error ? (error.stack ?? error.message) : String(error)
      exchange.cut()
    } finally {
      this.#bodies.release(body)
    }
  }

  #faceOf(head: RequestHead): Face {
    const { faces, lastFace } = this.#options
    return faces.find((face) => face.takes(head)) ?? lastFace
  }
}

function refuseBody(exchange: Exchange, refusal: { readonly status: number; readonly body: string }): void {
  // The rest of the body is still coming: on HTTP/1.1 the connection cannot be used again. HTTP/2 forbids the header.
  const closing: Readonly<Record<string, string>> =
    exchange.head.protocol === 'h2' ? {} : { connection: 'close' }
  exchange.begin(refusal.status, { 'content-type': 'application/json', ...closing })
  exchange.end(Buffer.from(refusal.body, 'utf8'))
}
