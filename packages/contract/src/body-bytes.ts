/**
 * A body, whole or in pieces that follow each other: the model's name in a large one is replaced without copying what
 * stands around it. At 1 MB the copy, and the collector's work for it, were a sixth of a request.
 */
export type BodyBytes = Uint8Array | readonly Uint8Array[]

export const isWholeBody = (body: BodyBytes): body is Uint8Array => body instanceof Uint8Array

export function bodyLength(body: BodyBytes): number {
  return isWholeBody(body) ? body.byteLength : body.reduce((sum, piece) => sum + piece.byteLength, 0)
}

/** In one piece: for what signs a body, or sends it by an interface that takes no other. */
export function wholeBody(body: BodyBytes): Uint8Array {
  if (isWholeBody(body)) return body
  const whole = new Uint8Array(bodyLength(body))
  let at = 0
  for (const piece of body) {
    whole.set(piece, at)
    at += piece.byteLength
  }
  return whole
}
