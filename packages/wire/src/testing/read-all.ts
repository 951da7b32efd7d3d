import type { AnswerPart } from '@pointsman/contract'

import type { StreamFrame, StreamReader, StreamWriter } from '../dialect.ts'

export function readAll(reader: StreamReader, pieces: readonly Uint8Array[]): readonly StreamFrame[] {
  return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()]
}

export const partsOf = (frames: readonly StreamFrame[]): readonly AnswerPart[] =>
  frames.flatMap((frame) => frame.parts)

/** Every frame that the writer makes of the parts, its end included. */
export function writeAll(writer: StreamWriter, parts: readonly AnswerPart[]): readonly Uint8Array[] {
  return [...parts.map((part) => writer.write(part)), writer.end()].filter((bytes) => bytes !== null)
}

/** Deltas of one block in one, so that two cuttings of the same answer compare equal. */
export function gathered(parts: readonly AnswerPart[]): readonly AnswerPart[] {
  const result: AnswerPart[] = []
  for (const part of parts) {
    const last = result.at(-1)
    if (part.type === 'text-delta' && last?.type === 'text-delta') {
      result[result.length - 1] = { ...last, text: last.text + part.text }
    } else if (part.type === 'reasoning-delta' && last?.type === 'reasoning-delta') {
      result[result.length - 1] = { ...last, text: last.text + part.text }
    } else if (part.type === 'tool-arguments-delta' && last?.type === 'tool-arguments-delta') {
      result[result.length - 1] = { ...last, json: last.json + part.json }
    } else result.push(part)
  }
  return result
}
