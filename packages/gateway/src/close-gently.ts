import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'

const lingerMs = 5_000
/** Longer than any body that is let in: who sends all of a body before it reads is heard out. */
const lingerBytes = 64 * 1024 * 1024

/**
 * A connection that is closed while its body still comes is reset by the system, and the reset takes the answer from a
 * client that has not read it yet (RFC 9112, 9.6). So only our half is closed after the answer; what comes of `unread` is
 * thrown away until the client closes too, or for a bounded time. Of what is longer than any body no more is taken, and its
 * client is left the same time to read the answer: a reset would come before it on a busy machine.
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
    if (socket.bytesRead > mostBytes) unread.pause()
  })
  unread.once('end', () => socket.destroy())
  unread.resume()
}
