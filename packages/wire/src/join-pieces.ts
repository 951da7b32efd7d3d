/** What a writer of streams has for one part; null = nothing. */
export function joinPieces(pieces: readonly Uint8Array[]): Uint8Array | null {
  if (pieces.length < 2) return pieces[0] ?? null
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
