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

export interface Patience {
  readonly quietMs?: number
  readonly patienceMs?: number
}

/** A connection that is kept open, and heard, until `end`. */
export interface Spoken {
  /** Closed by the server, or quiet for so long. */
  readonly settled: Promise<void>
  heard(): Heard
  end(): void
}

/**
 * Sends bytes as they are, one piece a write, and hears until the server closes. It has settled when it has been quiet for
 * `quietMs` after its first word (`patienceMs` before it).
 */
export function speak(
  port: number,
  pieces: readonly (string | Uint8Array)[],
  { quietMs = 500, patienceMs = 30_000 }: Patience = {},
): Spoken {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let settle: () => void = () => undefined
  const settled = new Promise<void>((resolve) => {
    settle = resolve
  })
  let text = ''
  let closed = false
  let timer = setTimeout(settle, patienceMs)
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk
    clearTimeout(timer)
    timer = setTimeout(settle, quietMs)
  })
  // A reset by the server is one of its answers.
  socket.on('error', () => socket.destroy())
  socket.on('close', () => {
    closed = true
    clearTimeout(timer)
    settle()
  })
  socket.on('connect', () => void writeAll(socket, pieces))
  return {
    settled,
    heard: () => ({ text, statuses: statusesIn(text), closed }),
    end: () => void socket.destroy(),
  }
}

/** What came back until the connection had settled. */
export async function say(
  port: number,
  pieces: readonly (string | Uint8Array)[],
  patience: Patience = {},
): Promise<Heard> {
  const spoken = speak(port, pieces, patience)
  await spoken.settled
  const heard = spoken.heard()
  spoken.end()
  return heard
}

async function writeAll(socket: Socket, pieces: readonly (string | Uint8Array)[]): Promise<void> {
  for (const piece of pieces) {
    if (socket.destroyed) return
    socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece)
    await new Promise((resolve) => setTimeout(resolve, pieces.length > 1 ? 10 : 0))
  }
}
