import type { AnswerPart, ChatResult, WholeResult } from '@pointsman/contract'
import { DamagedStream, type Dialect, type StreamFrame, type StreamReader } from '@pointsman/wire'
import { BoundedText, writeAnswerPart, writeParts } from './captured-text.ts'

/** Bytes that are kept of each side. */
export const capturedBytes = 65_536

/**
 * The text of one request's answer, where its route keeps text: lives as long as the request. Bound: `capturedBytes`, and
 * one frame. Nothing that is wrong with a frame is this one's to say: what cannot be read here ends what is kept.
 */
export class Capture {
  #answer = new BoundedText(capturedBytes)
  /** Reads relayed frames a second time: relaying itself does not look at their text. */
  #reader: StreamReader | null = null
  #isBroken = false

  /** An attempt at a stream begins, and what an earlier one left is nobody's answer. `relayed`: whose frames will pass untouched. */
  begin(relayed: Dialect | null): void {
    this.#answer = new BoundedText(capturedBytes)
    this.#isBroken = false
    this.#reader = relayed?.streamReader({ mode: 'translate', hideUsage: false }) ?? null
  }

  relayed(bytes: Uint8Array): void {
    const reader = this.#reader
    if (reader === null) return
    try {
      this.#frames(reader.push(bytes))
    } catch (thrown) {
      if (thrown instanceof DamagedStream) this.#frames(thrown.frames)
      // The relay's own reader tells the client and the record of a frame that is damaged.
      this.#isBroken = true
      this.#reader = null
    }
    if (this.#answer.isCut) this.#reader = null
  }

  #frames(frames: readonly StreamFrame[]): void {
    for (const frame of frames) for (const part of frame.parts) this.part(part)
  }

  part(part: AnswerPart): void {
    writeAnswerPart(part, this.#answer)
  }

  whole(result: WholeResult): void {
    if (isChat(result)) writeParts(result.parts, this.#answer)
  }

  read(): { readonly text: string | null; readonly isCut: boolean } {
    const { text, isCut } = this.#answer.read()
    return { text: text === '' ? null : text, isCut: isCut || this.#isBroken }
  }
}

const isChat = (result: WholeResult): result is ChatResult => 'parts' in result
