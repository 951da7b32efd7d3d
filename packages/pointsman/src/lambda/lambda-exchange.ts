import type { ClientSink } from '@pointsman/engine'
import type { Exchange } from '@pointsman/gateway'
import { PointsmanError } from '@pointsman/contract'
import type { EventRequest } from './http-event.ts'

/** A request that Lambda has taken whole, and where its answer goes. */
export class LambdaExchange<Client extends ClientSink> implements Exchange {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly rawHeaders: readonly string[]
  readonly startedAtUs: number
  readonly client: Client
  readonly #headers: ReadonlyMap<string, string>
  readonly #body: Uint8Array

  constructor(request: EventRequest, client: Client, startedAtUs: number) {
    this.method = request.method
    this.path = request.path
    this.query = request.query
    this.rawHeaders = request.rawHeaders
    this.startedAtUs = startedAtUs
    this.client = client
    this.#headers = firstValues(request.rawHeaders)
    this.#body = request.body
  }

  header(name: string): string | undefined {
    return this.#headers.get(name)
  }

  readBody(limitBytes: number): Promise<Uint8Array> {
    if (this.#body.byteLength <= limitBytes) return Promise.resolve(this.#body)
    return Promise.reject(
      new PointsmanError('body_too_large', `The request body is larger than ${limitBytes} bytes.`),
    )
  }

  async *bodyChunks(): AsyncGenerator<Uint8Array> {
    if (this.#body.byteLength > 0) yield this.#body
  }
}

function firstValues(rawHeaders: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase()
    if (!headers.has(name)) headers.set(name, rawHeaders[at + 1] ?? '')
  }
  return headers
}
