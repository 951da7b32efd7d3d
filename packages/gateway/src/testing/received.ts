import type { Socket } from 'node:net'

/** All that comes on a connection until it ends, however it ends. */
export async function received(socket: Socket): Promise<string> {
  let all = ''
  socket.on('error', () => socket.destroy())
  for await (const chunk of socket.setEncoding('utf8')) all += String(chunk)
  return all
}
