import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

interface Frame {
  readonly name: 'data' | 'headers' | 'reset' | 'other'
  readonly endsStream: boolean
}

const names: { readonly [type: number]: Frame['name'] } = { 0: 'data', 1: 'headers', 3: 'reset' }
const endStream = 0x1
const endHeaders = 0x4
const emptySettings = frame(4, 0, 0)

/**
 * The frames that answer the first stream of a new HTTP/2 connection, until it ends or is reset. Node's own client does
 * not show whether an answer ended or was only reset with no error.
 */
export async function answerFrames(port: number, method: 'GET' | 'POST'): Promise<readonly Frame[]> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  // A GET ends with its head, a POST's body never comes. Static entries of HPACK, and `:authority: x` in full.
  const head = Buffer.from([method === 'GET' ? 0x82 : 0x83, 0x84, 0x86, 0x01, 0x01, 0x78])
  const flags = endHeaders | (method === 'GET' ? endStream : 0)
  socket.write(
    Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), emptySettings, frame(1, flags, 1, head)]),
  )
  const frames: Frame[] = []
  let unread: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    unread = Buffer.concat([unread, chunk])
    while (unread.length >= 9 && unread.length >= 9 + unread.readUIntBE(0, 3)) {
      const [type, flag] = [unread.readUInt8(3), unread.readUInt8(4)]
      if (unread.readUInt32BE(5) === 1)
        frames.push({ name: names[type] ?? 'other', endsStream: type <= 1 && (flag & endStream) !== 0 })
      unread = unread.subarray(9 + unread.readUIntBE(0, 3))
    }
  })
  const isOver = (): boolean => frames.some(({ name, endsStream }) => endsStream || name === 'reset')
  while (!isOver() && !socket.destroyed) await sleep(1)
  // What would come behind the end.
  await sleep(5)
  socket.destroy()
  return frames
}

function frame(type: number, flags: number, stream: number, payload = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}
