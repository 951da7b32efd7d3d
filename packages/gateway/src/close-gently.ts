import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import type { QuietConnections } from './quiet-connections.ts'

/**
 * A connection that is closed while its body still comes is reset by the system, and the reset takes the answer from a
 * client that has not read it yet (RFC 9112, 9.6). So only our half is closed after the answer; what comes of `unread` is
 * thrown away until the client closes too, or for as long as `endWithin` lets it. However much that is: of a limit in bytes
 * who means harm would know nothing but that he has to connect anew, and the honest client of a longer body would lose its
 * answer. What it costs others is the place, so it is the next one's who needs it.
 */
export function closeGently(socket: Socket, unread: Readable, quiet: QuietConnections): void {
  quiet.rests(socket)
  // Of an answer that is longer than what the system takes at once, the rest is still to go.
  unread.once('end', () => socket.end(() => socket.destroy()))
  unread.resume()
  socket.end()
}

/** After the answer of Node's server whose head is about to be written: its connection's last one. */
export function closeGentlyAtEnd(request: IncomingMessage, quiet: QuietConnections): void {
  const { socket } = request
  // What Node calls once the last answer of a connection is written.
  socket.destroySoon = () => closeGently(socket, request, quiet)
}
