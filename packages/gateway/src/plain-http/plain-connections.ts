import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { PlainConnection, type PlainHouse, type PlainRegister } from './plain-connection.ts'

export interface PlainConnections {
  /** A connection whose first bytes told that it is none of HTTP/2. */
  take(socket: Socket, firstBytes: Buffer): void
  /** Ends those that have no request. */
  closeIdle(): void
  stop(): void
}

/** Each holds up to 64 KB for somebody whose key nobody has seen yet; those beyond go to Node, where keys come before bodies. */
export const mostWaiting = 256

/** Those that are open in the fast lane: holder of the listener, bounded by its connections. */
export function createPlainConnections(house: PlainHouse, checkEveryMs: number): PlainConnections {
  const open = new Set<PlainConnection>()
  const waiting = new Set<PlainConnection>()
  const register: PlainRegister = {
    mayWait: (connection) => {
      if (waiting.size < mostWaiting) waiting.add(connection)
      return waiting.has(connection)
    },
    waitsNoMore: (connection) => void waiting.delete(connection),
    gone: (connection) => {
      waiting.delete(connection)
      open.delete(connection)
    },
  }
  // One look at all of them in place of a timer for each request.
  const checking = setInterval(() => {
    const nowMs = performance.now()
    for (const connection of open) connection.check(nowMs)
  }, checkEveryMs)
  checking.unref()
  return {
    take(socket, firstBytes) {
      const connection = new PlainConnection(socket, house, register)
      open.add(connection)
      connection.begin(firstBytes)
    },
    closeIdle() {
      for (const connection of open) if (connection.isIdle) connection.socket.destroy()
    },
    stop: () => clearInterval(checking),
  }
}
