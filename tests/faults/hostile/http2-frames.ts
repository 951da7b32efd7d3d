import { connect, type Socket } from 'node:net'

export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

const types = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goaway: 7,
  window: 8,
  more: 9,
}

/** One HTTP/2 frame (RFC 9113, 4.1). */
export function frame(
  type: keyof typeof types,
  {
    flags = 0,
    stream = 0,
    payload = Buffer.alloc(0),
  }: { flags?: number; stream?: number; payload?: Uint8Array } = {},
): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.byteLength, 0, 3)
  head[3] = types[type]
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** Literal header fields without an index (RFC 7541, 6.2.2), so that no table is needed. */
export const fields = (...pairs: readonly (readonly [string, string])[]): Buffer =>
  Buffer.concat(pairs.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]))

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1')
  // The longer form of a length (RFC 7541, 5.1) begins at 127.
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes])
  const rest = bytes.length - 127
  const length = [127]
  let left = rest
  for (; left >= 128; left >>= 7) length.push((left & 127) | 128)
  return Buffer.concat([Buffer.from([...length, left]), bytes])
}

export const get = (path: string): Buffer =>
  fields([':method', 'GET'], [':scheme', 'http'], [':authority', 'x'], [':path', path])

/** A connection that has said the preface and its settings. */
export async function http2Socket(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  socket.on('error', () => socket.destroy())
  await new Promise((resolve) => socket.once('connect', resolve))
  socket.write(Buffer.concat([preface, frame('settings')]))
  return socket
}

/** Writes on until the server closes, `most` pieces were taken or the time is over; says whether it was closed. */
export async function floodUntilClosed(
  socket: Socket,
  piece: (at: number) => Buffer,
  { most, withinMs }: { readonly most: number; readonly withinMs: number },
): Promise<{ readonly closed: boolean; readonly sent: number }> {
  const deadline = performance.now() + withinMs
  socket.resume()
  let sent = 0
  while (sent < most && !socket.destroyed && performance.now() < deadline) {
    const free = socket.write(piece(sent))
    sent += 1
    if (!free)
      await new Promise<void>((resolve) => {
        const go = (): void => {
          clearTimeout(timer)
          socket.off('drain', go).off('close', go)
          resolve()
        }
        const timer = setTimeout(go, 500)
        socket.on('drain', go).on('close', go)
      })
    else if (sent % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  while (!socket.destroyed && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 20))
  const closed = socket.destroyed
  socket.destroy()
  return { closed, sent }
}
