import type { Readable } from 'node:stream'

/** What came of reading a body: its bytes, or why there are none. */
export type BodyOutcome = Buffer | 'too-large' | 'too-many' | 'aborted'

const MOST_BYTES_IN_FLIGHT = 512 * 1_048_576

/** Reads bodies, and refuses new ones while those being read or answered hold 512 MB together. */
export class BodyReader {
  #held = 0

  /** Never rejects. A body that was given must be handed back with `release` once it is no longer needed. */
  read(body: Readable, mostBytes: number): Promise<BodyOutcome> {
    return new Promise((resolve) => {
      const chunks: Buffer[] = []
      let length = 0
      let settled = false
      const settle = (outcome: BodyOutcome): void => {
        if (settled) return
        settled = true
        body.off('data', take)
        body.off('end', done)
        body.off('close', aborted)
        if (typeof outcome === 'string') {
          this.#held -= length
          body.resume()
        }
        resolve(outcome)
      }
      const take = (chunk: Buffer): void => {
        chunks.push(chunk)
        length += chunk.length
        this.#held += chunk.length
        if (length > mostBytes) settle('too-large')
        else if (this.#held > MOST_BYTES_IN_FLIGHT) settle('too-many')
      }
      const done = (): void => {
        const [only] = chunks
        settle(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, length))
      }
      const aborted = (): void => settle('aborted')
      body.on('data', take)
      body.once('end', done)
      body.once('close', aborted)
      // An error is followed by 'close'; without this listener a client's reset would end the process.
      body.once('error', aborted)
    })
  }

  release(body: Buffer): void {
    this.#held -= body.length
  }
}
