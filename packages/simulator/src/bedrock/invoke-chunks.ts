import type { AnswerPart } from '../answer/answer.ts'
import type { StreamFormat } from '../emission/stream-emission.ts'
import { brokenChecksum, eventFrame, exceptionFrame, Padding } from './event-frames.ts'

/** The envelope of InvokeModelWithResponseStream: `chunk` events that hold a vendor's JSON as base64. */
export abstract class InvokeChunks implements StreamFormat {
  readonly #padding = new Padding()

  abstract encode(part: AnswerPart): Uint8Array | null

  /** One chunk with this JSON inside. */
  protected chunk(json: string): Uint8Array {
    const bytes = Buffer.from(json, 'utf8').toString('base64')
    return eventFrame('chunk', `{"bytes":"${bytes}"${this.#padding.next()}}`)
  }

  exception(name: string, message: string | null): Uint8Array {
    return exceptionFrame(name, message)
  }

  brokenFrame(): Uint8Array {
    return brokenChecksum(this.chunk('{}'))
  }

  brokenJson(): Uint8Array {
    return this.chunk('{"type":"content_block_del')
  }
}
