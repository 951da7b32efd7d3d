import type { Http2Session, ServerHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'
import type { QuietConnections } from './quiet-connections.ts'

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
