import type { Http2Session, ServerHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'
import type { QuietConnections } from './quiet-connections.ts'
import { ReaderWatch, type UnsentBytes } from './reader-watch.ts'

export interface SessionLimits {
  /** How long a session may rest without a stream; one with streams is then asked whether its client is there. */
  readonly idleMs: number
  /** How long a connection lingers whose client gives no sign: no answer to a ping, or after our half of it has ended nothing at all. */
  readonly lingerMs: number
}

/** What ends each connection whose client does not answer: gone with its session. */
const askers = new WeakMap<Http2Session, () => void>()

/** A session hides its socket, and of what a session ends nothing reaches a client that vanished: so the socket is kept. */
export function watchSession(
  session: ServerHttp2Session,
  socket: Socket,
  parts: { readonly limits: SessionLimits; readonly quiet: QuietConnections },
): void {
  const { limits, quiet } = parts
  const { idleMs, lingerMs } = limits
  let streams = 0
  session.on('stream', (stream) => {
    streams += 1
    quiet.works(socket)
    stream.once('close', () => {
      streams -= 1
      if (streams === 0) quiet.rests(socket)
    })
  })
  let cancel: (() => void) | null = null
  const ask = (): void => {
    if (cancel !== null || session.destroyed) return
    cancel = resetAfter(socket, lingerMs)
    const isThere = (): void => {
      cancel?.()
      cancel = null
      // An answer to a ping does not set it anew: who vanishes later would never be asked.
      session.setTimeout(idleMs)
    }
    session.ping((error) => {
      if (error === null) isThere()
    })
  }
  askers.set(session, ask)
  // Only when no frame moved.
  session.on('timeout', () => {
    if (streams > 0) return ask()
    session.close()
    resetAfter(socket, lingerMs)
  })
  // Without the handler: it would hear of the first time alone.
  session.setTimeout(idleMs)
}

/**
 * The connection may carry streams of others who read, so one that is not read ends alone; the connection too, with what
 * waits in it, where its client has not answered by then. One that vanished never does.
 */
export function askWhetherThere(session: Http2Session | undefined): void {
  if (session !== undefined) askers.get(session)?.()
}

/**
 * Our half was ended: who vanished never ends the other one. Who still takes what the system holds is there, and so is who
 * still sends, for as long as any body may take.
 */
export function endWithin(
  socket: Socket,
  limits: { readonly lingerMs: number; readonly requestTimeoutMs: number },
  unsentBytes: UnsentBytes,
): void {
  const watch = new ReaderWatch({
    stallMs: limits.lingerMs,
    leftBytes: async () => ((await unsentBytes(socket)) ?? 0) - socket.bytesRead,
    drop: () => socket.resetAndDestroy(),
  })
  socket.once('finish', () => {
    if (socket.destroyed) return
    watch.begin()
    resetAfter(socket, limits.requestTimeoutMs)
  })
  socket.once('close', () => watch.stop())
}

/** By a reset: what waits for such a client would stay in the system's memory for minutes more. */
function resetAfter(socket: Socket, delayMs: number): () => void {
  const timer = setTimeout(() => {
    if (!socket.destroyed) socket.resetAndDestroy()
  }, delayMs)
  timer.unref()
  const cancel = (): void => clearTimeout(timer)
  socket.once('close', cancel)
  return () => {
    cancel()
    socket.off('close', cancel)
  }
}
