const [carriageReturn, lineFeed] = [0x0d, 0x0a]

/** The end of a head's last line and the empty line behind it. */
export const endOfHeadBytes = 4

/**
 * Where those four bytes begin, not before `from`; -1 = they are not there. A look at each fourth byte meets one of them: half
 * of what a call of the platform's search takes, of which the heads of a request and its answer were 1.3 % (by the profile).
 */
export function endOfHead(bytes: Uint8Array, from: number): number {
  for (let at = from + endOfHeadBytes - 1; at < bytes.length; at += endOfHeadBytes) {
    const byte = bytes[at]
    if (byte !== carriageReturn && byte !== lineFeed) continue
    for (let start = at - endOfHeadBytes + 1; start <= at; start += 1) if (isEnd(bytes, start)) return start
  }
  return -1
}

const isEnd = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === carriageReturn &&
  bytes[at + 1] === lineFeed &&
  bytes[at + 2] === carriageReturn &&
  bytes[at + 3] === lineFeed
