import { connect, type Socket } from 'node:net'

/** What came back on a connection, and whether the server closed it. */
export interface Heard {
  readonly text: string
  readonly statuses: readonly number[]
  readonly closed: boolean
}

const statusesIn = (text: string): readonly number[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)]
    .map((match) => Number(match[1]))
    .filter((status) => status >= 200)

/**
 * Sends bytes as they are, one piece a write, and hears until the server closes or has been quiet for `quietMs` after
 * its first word (`patienceMs` before it).
 */
export function say(
  port: number,
  pieces: readonly (string | Uint8Array)[],
  { quietMs = 60, patienceMs = 4_000 }: { readonly quietMs?: number; readonly patienceMs?: number } = {},
): Promise<Heard> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let text = ''
    let closed = false
    const done = (): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ text, statuses: statusesIn(text), closed })
    }
    let timer = setTimeout(done, patienceMs)
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk
      clearTimeout(timer)
      timer = setTimeout(done, quietMs)
    })
    // A reset by the server is one of its answers.
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      closed = true
      done()
    })
    socket.on('connect', () => void writeAll(socket, pieces))
  })
}

async function writeAll(socket: Socket, pieces: readonly (string | Uint8Array)[]): Promise<void> {
  for (const piece of pieces) {
    if (socket.destroyed) return
    socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece)
    await new Promise((resolve) => setTimeout(resolve, pieces.length > 1 ? 10 : 0))
  }
}
