import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'

const lingerMs = 1_000
const lingerBytes = 4 * 1024 * 1024

/**
 * A connection that is closed while its body still comes is reset by the system, and the reset takes the answer from a
 * client that has not read it yet (RFC 9112, 9.6). So only our half is closed after the answer; what comes of `unread` is
 * thrown away until the client closes too, or for a bounded time and size.
 */
export function closeGently(socket: Socket, unread: Readable): void {
  let mostBytes = Infinity
  // Not before the answer has gone out: until then whoever takes nothing of it is seen to by its watch.
  const begin = (): void => {
    mostBytes = socket.bytesRead + lingerBytes
    const timer = setTimeout(() => socket.destroy(), lingerMs)
    timer.unref()
    socket.once('close', () => clearTimeout(timer))
  }
  if (socket.writableFinished) begin()
  else socket.once('finish', begin).end()
  unread.on('data', () => {
    if (socket.bytesRead > mostBytes) socket.destroy()
  })
  unread.once('end', () => socket.destroy())
  unread.resume()
}
