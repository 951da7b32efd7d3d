import type { Socket } from 'node:net'

/** Longer than a read of the system brings at once, mostly. */
const shared = Buffer.allocUnsafeSlow(65_536)

/** What Node's `onread` sets on sockets that it connects; it has no way to say so for those that a server was given. */
interface SocketInside {
  readonly _handle?: { useUserBuffer?(buffer: Uint8Array): void } | null
  [own: symbol]: unknown
}

/**
 * All sockets of the fast lane read into the same 64 KB, one read after the other, as those to vendors do: what is kept is to be
 * copied before `take` returns. As events each read brings a buffer of its own, of 64 KB that are mostly given back, and goes
 * through Node's streams: 18 µs for a request and its answer of a bare socket, and 14.5 so (Node 26.10, in turn).
 *
 * Answers how to stop: what comes from then on is the stream's again, for whoever reads it there. On a Node whose sockets have
 * another inside all of it are events, at their price.
 */
export function readShared(socket: Socket, take: (bytes: Buffer) => void): () => void {
  const inside = socket as unknown as SocketInside
  const named = (name: string): symbol | undefined =>
    Object.getOwnPropertySymbols(socket).find(({ description }) => description === name)
  const [buffer, callback] = [named('kBuffer'), named('kBufferCb')]
  const handle = inside._handle
  if (buffer === undefined || callback === undefined || handle?.useUserBuffer === undefined) {
    socket.on('data', take)
    return () => void socket.off('data', take)
  }
  inside[buffer] = shared
  inside[callback] = (size: number): boolean => {
    take(shared.subarray(0, size))
    return true
  }
  handle.useUserBuffer(shared)
  return () => {
    inside[callback] = (size: number): boolean => socket.push(Buffer.from(shared.subarray(0, size)))
  }
}
