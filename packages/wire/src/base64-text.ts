const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

/** Base64 of a text's UTF-8. */
export function encodeBase64Text(text: string): string {
  let binary = ''
  for (const byte of encoder.encode(text)) binary += String.fromCharCode(byte)
  return btoa(binary)
}

/** Null where it is no base64 of UTF-8. */
export function decodeBase64Text(base64: string): string | null {
  try {
    return decoder.decode(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)))
  } catch {
    // `atob` throws a DOMException, the decoder a TypeError: both mean that somebody else wrote it.
    return null
  }
}
