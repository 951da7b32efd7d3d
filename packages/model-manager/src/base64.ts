/** Few enough at once that no argument list is too long. */
const bytesAtOnce = 0x8000

/** Bytes as base64 text, by what every JavaScript has. */
export function base64(bytes: Uint8Array): string {
  let text = ''
  for (let from = 0; from < bytes.length; from += bytesAtOnce)
    text += String.fromCharCode(...bytes.subarray(from, from + bytesAtOnce))
  return btoa(text)
}
