const encoder = new TextEncoder()

/**
 * The same 0 ≤ chance < 1 on every replica for one text, e.g. a conversation's id: FNV-1a over its UTF-8
 * bytes, then a final mix, because FNV alone leaves ids that differ in their last letter close together.
 * Not for secrets.
 */
export function chanceFromText(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of encoder.encode(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000
}
