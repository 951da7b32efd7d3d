import fc from 'fast-check'

/** Every way to cut bytes in two, and the way that cuts at every byte. */
export function* everyCut(bytes: Uint8Array): Generator<readonly Uint8Array[]> {
  yield Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))
  for (let at = 0; at <= bytes.length; at += 1) yield [bytes.subarray(0, at), bytes.subarray(at)]
}

/** Random cuts into many pieces, empty ones included. */
export function randomCut(bytes: Uint8Array): fc.Arbitrary<readonly Uint8Array[]> {
  return fc.array(fc.nat(bytes.length), { maxLength: 12 }).map((places) => {
    const at = [0, ...places.sort((a, b) => a - b), bytes.length]
    return at.slice(1).map((end, index) => bytes.slice(at[index], end))
  })
}

export function join(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
