import type { Exchange } from '../exchange.ts'
import { bodyTooLarge, endFailed } from '../exchange-failures.ts'
import type { PlainClient } from './plain-client.ts'
import type { PlainHead } from './read-head.ts'

const noBody = Buffer.alloc(0)

/** One request whose body has come whole. */
export class PlainExchange implements Exchange {
  readonly method = 'POST'
  readonly path: string
  readonly query: string
  readonly rawHeaders: readonly string[]
  readonly startedAtUs: number
  readonly client: PlainClient
  readonly #headers: ReadonlyMap<string, string>
  #body: Buffer

  constructor(head: PlainHead, body: Buffer, startedAtUs: number, client: PlainClient) {
    this.path = head.path
    this.query = head.query
    this.rawHeaders = head.rawHeaders
    this.startedAtUs = startedAtUs
    this.client = client
    this.#headers = head.headers
    this.#body = body
  }

  header(name: string): string | undefined {
    return this.#headers.get(name)
  }

  readBody(limitBytes: number): Uint8Array {
    const body = this.#body
    if (body.byteLength > limitBytes) throw bodyTooLarge(limitBytes)
    // Whoever asked has it: a stream would hold it for minutes here.
    this.#body = noBody
    return body
  }

  async *bodyChunks(): AsyncGenerator<Uint8Array> {
    if (this.#body.byteLength > 0) yield this.#body
  }

  /** After a failure that nobody foresaw: a plain 500 where nothing was sent yet, else a cut. Never throws. */
  fail(): void {
    endFailed(this.client)
  }
}
