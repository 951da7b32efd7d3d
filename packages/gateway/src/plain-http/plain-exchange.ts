import { freeMemory } from '@pointsman/contract'
import type { ConnectionMemory, Exchange } from '../exchange.ts'
import { bodyTooLarge, endFailed } from '../exchange-failures.ts'
import { ComingBody } from './coming-body.ts'
import type { PlainClient } from './plain-client.ts'
import type { PlainHead, PlainHeaders } from './read-head.ts'

const noBody = Buffer.alloc(0)

/** What the connection knows of a request that has begun. */
export interface PlainBegun {
  /** Monotonic microseconds. */
  readonly startedAtUs: number
  readonly memory: ConnectionMemory
}

/** One request, with its body or what is still to come of it. */
export class PlainExchange implements Exchange {
  readonly method = 'POST'
  readonly path: string
  readonly query: string
  readonly startedAtUs: number
  readonly client: PlainClient
  readonly memory: ConnectionMemory
  readonly #headers: PlainHeaders
  readonly #bodyBytes: number
  #body: Buffer | ComingBody
  /** Its body was copied for whoever asked: nothing else stands in that memory. */
  #isCopied = false

  constructor(head: PlainHead, body: Buffer | ComingBody, begun: PlainBegun, client: PlainClient) {
    this.path = head.path
    this.query = head.query
    this.startedAtUs = begun.startedAtUs
    this.memory = begun.memory
    this.client = client
    this.#headers = head.headers
    this.#bodyBytes = head.bodyBytes
    this.#body = body
  }

  get rawHeaders(): readonly string[] {
    return this.#headers.raw
  }

  header(name: string): string | undefined {
    return this.#headers.get(name)
  }

  readBody(limitBytes: number): Uint8Array | Promise<Uint8Array> {
    if (this.#bodyBytes > limitBytes) throw bodyTooLarge(limitBytes)
    const body = this.#body
    // Whoever asked has it: a stream would hold it for minutes here.
    this.#body = noBody
    if (!(body instanceof ComingBody)) return body
    this.#isCopied = true
    return body.read()
  }

  freeBody(body: Uint8Array): void {
    if (this.#isCopied) freeMemory(body)
  }

  async *bodyChunks(): AsyncGenerator<Uint8Array> {
    const body = this.#body
    if (body instanceof ComingBody) yield* body.chunks()
    else if (body.byteLength > 0) yield body
  }

  /** After a failure that nobody foresaw: a plain 500 where nothing was sent yet, else a cut. Never throws. */
  fail(): void {
    endFailed(this.client)
  }
}
