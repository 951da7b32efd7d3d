import type { Outlet, ResponseHeaders } from './outlet.ts'

/**
 * Sends the body in writes of exactly so many bytes, each in a turn of its own so that the system does not join them
 * again: a reader then meets every possible cut through frames and characters. Holds what its writer hands over
 * between two drains, which is one batch.
 */
export class SlicedOutlet implements Outlet {
  readonly #outlet: Outlet
  readonly #sliceBytes: number
  #pending: Uint8Array = new Uint8Array(0)
  #scheduled = false
  #last: 'end' | 'cut' | null = null
  #continueWriting: (() => void) | null = null

  constructor(outlet: Outlet, sliceBytes: number) {
    this.#outlet = outlet
    this.#sliceBytes = sliceBytes
  }

  get left(): boolean {
    return this.#outlet.left
  }

  begin(status: number, headers: ResponseHeaders): void {
    this.#outlet.begin(status, headers)
  }

  write(bytes: Uint8Array): boolean {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes])
    this.#schedule()
    return this.#pending.length === 0
  }

  end(bytes?: Uint8Array): void {
    this.#last = 'end'
    if (bytes === undefined) this.#schedule()
    else this.write(bytes)
  }

  cut(): void {
    this.#last = 'cut'
    this.#schedule()
  }

  onDrain(continueWriting: () => void): void {
    this.#continueWriting = continueWriting
  }

  onLeft(stop: () => void): void {
    this.#outlet.onLeft(stop)
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#sendSlice()
    })
  }

  #sendSlice(): void {
    if (this.#outlet.left) return
    if (this.#pending.length === 0) {
      if (this.#last === 'end') this.#outlet.end()
      else if (this.#last === 'cut') this.#outlet.cut()
      else this.#drained()
      return
    }
    const slice = this.#pending.subarray(0, this.#sliceBytes)
    this.#pending = this.#pending.subarray(slice.length)
    if (this.#outlet.write(slice)) this.#schedule()
    else this.#outlet.onDrain(() => this.#schedule())
  }

  #drained(): void {
    const continueWriting = this.#continueWriting
    this.#continueWriting = null
    continueWriting?.()
  }
}
