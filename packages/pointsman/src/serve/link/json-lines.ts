import type { Socket } from 'node:net'

const newline = 0x0a
/** Far above a snapshot's largest part; what is longer is no message of ours. */
const longestLineBytes = 64 * 1_048_576

/** Messages as lines of JSON on a socket between our own processes. */
export function readJsonLines(socket: Socket, onMessage: (message: object) => void): void {
  let pieces: Buffer[] = []
  let size = 0
  socket.on('data', (chunk: Buffer) => {
    let from = 0
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, from)) {
      pieces.push(chunk.subarray(from, end))
      const line = pieces.length === 1 ? pieces[0] : Buffer.concat(pieces)
      pieces = []
      size = 0
      from = end + 1
      const message = parse(line)
      if (message === null)
        return void socket.destroy(new Error('a line that is no JSON object came over the link'))
      onMessage(message)
    }
    if (from === chunk.length) return
    pieces.push(chunk.subarray(from))
    size += chunk.length - from
    if (size > longestLineBytes) socket.destroy(new Error('a line over the link is too long'))
  })
}

export function writeJsonLine(socket: Socket, message: unknown): void {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`)
}

function parse(line: Buffer | undefined): object | null {
  if (line === undefined) return null
  try {
    // oxlint-disable-next-line no-restricted-properties -- written by our own other process, which proved who it is
    const value: unknown = JSON.parse(line.toString('utf8'))
    return typeof value === 'object' ? value : null
  } catch {
    return null
  }
}
