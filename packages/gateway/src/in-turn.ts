import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { QuietConnections } from './quiet-connections.ts'

/** More than a client sends that waits for its answers; a socket that is not read tells nobody that its client has left. */
const mostAhead = 32

interface Turn {
  last: ServerResponse
  /** Requests that were read and whose turn has not come. */
  ahead: number
}

/**
 * Requests of one connection, one after the other. Node hands them over as they are read: a second one would be called for
 * although the answer before it may be the last one of its connection, and then nobody would ever get what it cost
 * (RFC 9112, 9.6: what comes behind it must not be processed). A holder of one entry for each connection that lives.
 */
export function createTurns(quiet: QuietConnections): (response: ServerResponse, begin: () => void) => void {
  const turns = new WeakMap<Socket, Turn>()
  return (response, begin) => {
    const { socket } = response.req
    quiet.works(socket)
    response.once('close', () => {
      if (turns.get(socket)?.last === response) quiet.rests(socket)
    })
    const turn = turns.get(socket)
    if (turn === undefined || turn.last.closed) {
      if (turn === undefined) turns.set(socket, { last: response, ahead: 0 })
      else turn.last = response
      if (socket.writable) begin()
      return
    }
    // Those of a connection that has died are never closed, and go with it.
    turn.last.once('close', () => {
      turn.ahead -= 1
      if (!socket.writable) return
      // An answer that ends lets Node read on.
      if (turn.ahead >= mostAhead) socket.pause()
      else if (turn.ahead === mostAhead - 1) socket.resume()
      begin()
    })
    turn.last = response
    turn.ahead += 1
    if (turn.ahead >= mostAhead) socket.pause()
  }
}
