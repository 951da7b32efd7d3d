import type { Socket } from 'node:net'
import { StallWatch, type UnsentBytes } from './stall-watch.ts'

/**
 * Our half was ended: who vanished never ends the other one. Who still takes what the system holds is there, and so is who
 * still sends, for as long as any body may take.
 */
export function endWithin(
  socket: Socket,
  limits: { readonly lingerMs: number; readonly requestTimeoutMs: number },
  unsentBytes: UnsentBytes,
): void {
  let mostReadBytes = Infinity
  const watch = new StallWatch({
    stallMs: limits.lingerMs,
    leftBytes: async () => ((await unsentBytes(socket)) ?? 0) - Math.min(socket.bytesRead, mostReadBytes),
    drop: () => socket.resetAndDestroy(),
  })
  socket.once('finish', () => {
    if (socket.destroyed) return
    watch.begin()
    // No reset: a long answer that is read slowly but steadily may take longer than its request's body.
    const timer = setTimeout(() => (mostReadBytes = socket.bytesRead), limits.requestTimeoutMs)
    timer.unref()
    socket.once('close', () => clearTimeout(timer))
  })
  socket.once('close', () => watch.stop())
}

/** In which a client reads an answer that has arrived. */
const momentMs = 1_000

/**
 * At a stop, which whoever still sends, or says nothing, after the last answer would hold up. Nobody is cut who still takes
 * that answer: if more of a body comes to a connection that is gone, the system throws away what it holds of the answer.
 * Where it does not tell how much that is, `endWithin` ends the connection.
 */
export function endSoon(socket: Socket, unsentBytes: UnsentBytes): void {
  const wait = (): void => void setTimeout(() => void look(), momentMs).unref()
  const look = async (): Promise<void> => {
    const leftBytes = await unsentBytes(socket).catch(() => null)
    if (leftBytes === 0) socket.destroy()
    else if (!socket.destroyed) wait()
  }
  if (socket.writableFinished) wait()
  else socket.once('finish', wait)
}
