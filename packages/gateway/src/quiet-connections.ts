import type { Socket } from 'node:net'

export interface QuietConnections {
  /** It has no request under way: it was accepted, or its last answer is over. */
  rests(socket: Socket): void
  /** It has one, or is gone. */
  works(socket: Socket): void
  /** Ends the one that has been quiet for the longest; false = all of them work. */
  makeRoom(): boolean
}

/**
 * Connections without a request under way, whatever they speak: pools of proxies, clients between two requests, and those
 * that never said a whole word would shut the door to everybody else. Holder of the listener, bounded by its connections.
 */
export function createQuietConnections(): QuietConnections {
  // In the order in which they became quiet.
  const quiet = new Set<Socket>()
  return {
    rests: (socket) => {
      if (!socket.destroyed) quiet.add(socket)
    },
    works: (socket) => void quiet.delete(socket),
    makeRoom() {
      for (const socket of quiet) {
        // Its client still takes the answer.
        if (socket.writableLength > 0) continue
        quiet.delete(socket)
        socket.destroy()
        return true
      }
      return false
    },
  }
}
