import { wholeBody } from '@pointsman/contract'

export const noBytes = new Uint8Array(0)

/**
 * The pieces as one. Pieces that lie side by side in one buffer, as the frames of one received chunk do, become a view
 * of it; only others are copied.
 */
export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array {
  const first = pieces[0]
  if (first === undefined) return noBytes
  if (pieces.length === 1) return first
  let size = 0
  let sideBySide = true
  for (const piece of pieces) {
    sideBySide &&= piece.buffer === first.buffer && piece.byteOffset === first.byteOffset + size
    size += piece.byteLength
  }
  if (sideBySide) return new Uint8Array(first.buffer, first.byteOffset, size)
  return wholeBody(pieces)
}
