import type { PassedRequest, ScannedRequest, WriteTarget } from '../dialect.ts'

const encoder = new TextEncoder()

function join(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

/**
 * The caller's own bytes with the model's name replaced, or put first where there was none. Parsing and writing
 * again would cost more and could change numbers, order and fields that we do not know.
 */
export function passRequest(scanned: ScannedRequest, target: WriteTarget): PassedRequest {
  return { body: withModel(scanned, target), hideUsage: false }
}

function withModel(scanned: ScannedRequest, target: WriteTarget): Uint8Array {
  const { bytes, modelSpan } = scanned
  const model = JSON.stringify(target.upstreamId)
  if (modelSpan !== null) {
    return join([bytes.subarray(0, modelSpan.start), encoder.encode(model), bytes.subarray(modelSpan.end)])
  }
  // `messages` stands in every scanned body, so a comma is right.
  const afterBrace = bytes.indexOf(0x7b) + 1
  return join([
    bytes.subarray(0, afterBrace),
    encoder.encode(`"model":${model},`),
    bytes.subarray(afterBrace),
  ])
}
