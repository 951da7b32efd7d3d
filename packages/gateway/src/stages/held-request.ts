import { PointsmanError } from '@pointsman/contract'
import type { ScannedRequest } from '@pointsman/wire'

type Body = Pick<ScannedRequest, 'bytes' | 'json' | 'whole'>

/** A scanned request that lets go of its body, which is twice what else a stream holds: its bytes and what was parsed of them. */
export class HeldRequest implements ScannedRequest {
  readonly model: ScannedRequest['model']
  readonly stream: boolean
  readonly needs: ScannedRequest['needs']
  readonly modelSpan: ScannedRequest['modelSpan']
  readonly marked: boolean
  readonly caller?: NonNullable<ScannedRequest['caller']>
  #body: Body | null

  constructor(scanned: ScannedRequest) {
    const { bytes, caller, json, marked, model, modelSpan, needs, stream, whole } = scanned
    this.model = model
    this.stream = stream
    this.needs = needs
    this.modelSpan = modelSpan
    this.marked = marked
    if (caller !== undefined) this.caller = caller
    this.#body = { bytes, json, whole }
  }

  get bytes(): Uint8Array {
    return this.#held().bytes
  }

  get json(): ScannedRequest['json'] {
    return this.#held().json
  }

  readonly whole: ScannedRequest['whole'] = () => this.#held().whole()

  /** Answers the bytes that it held; null = it has let go of them before. */
  letGo(): Uint8Array | null {
    const bytes = this.#body?.bytes ?? null
    this.#body = null
    return bytes
  }

  #held(): Body {
    if (this.#body === null)
      throw new PointsmanError('internal', 'The body of a request was read after it was let go of.')
    return this.#body
  }
}
