const bytesPerFloat = 4

/** Little-endian 32-bit floats as base64: how OpenAI packs vectors. */
export function encodeBase64Floats(numbers: readonly number[]): string {
  const view = new DataView(new ArrayBuffer(numbers.length * bytesPerFloat))
  for (const [index, number] of numbers.entries()) view.setFloat32(index * bytesPerFloat, number, true)
  let binary = ''
  for (const byte of new Uint8Array(view.buffer)) binary += String.fromCharCode(byte)
  return btoa(binary)
}

/** Null where it is no base64 of whole 32-bit floats. */
export function decodeBase64Floats(base64: string): readonly number[] | null {
  let bytes: Uint8Array
  try {
    bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  } catch {
    // `atob` throws a DOMException on anything that is not base64.
    return null
  }
  if (bytes.length % bytesPerFloat !== 0) return null
  const view = new DataView(bytes.buffer)
  return Array.from({ length: bytes.length / bytesPerFloat }, (_, index) =>
    view.getFloat32(index * bytesPerFloat, true),
  )
}
