import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { PlainConnection, type PlainHouse } from './plain-connection.ts'

export interface PlainConnections {
  /** A connection whose first bytes told that it is none of HTTP/2. */
  take(socket: Socket, firstBytes: Buffer): void
  /** Ends those that have no request. */
  closeIdle(): void
  stop(): void
}

/** Those that are open in the fast lane: holder of the listener, bounded by its connections. */
export function createPlainConnections(house: PlainHouse, checkEveryMs: number): PlainConnections {
  const open = new Set<PlainConnection>()
  const gone = (connection: PlainConnection): void => void open.delete(connection)
  // One look at all of them in place of a timer for each request.
  const checking = setInterval(() => {
    const nowMs = performance.now()
    for (const connection of open) connection.check(nowMs)
  }, checkEveryMs)
  checking.unref()
  return {
    take(socket, firstBytes) {
      const connection = new PlainConnection(socket, house, gone)
      open.add(connection)
      connection.begin(firstBytes)
    },
    closeIdle() {
      for (const connection of open) if (connection.isIdle) connection.socket.destroy()
    },
    stop: () => clearInterval(checking),
  }
}
