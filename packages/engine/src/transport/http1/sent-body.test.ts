import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { createHttp1Transport } from './transport.ts'

test('nothing of a body is sent once its call is over, though its answer came before all of it had gone out', async () => {
  const over = Promise.withResolvers<string>()
  const closed = Promise.withResolvers<null>()
  const seen: Buffer[] = []
  const server = createServer((socket) => {
    socket.on('error', () => undefined).on('close', () => closed.resolve(null))
    socket.once('data', () => {
      socket.pause()
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi')
      // Only then is the rest taken.
      void over.promise.then(() => socket.on('data', (piece: Buffer) => seen.push(piece)).resume())
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const transport = createHttp1Transport()
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const body = new Uint8Array(30_000_000).fill(1)
  const nothing = (): void => undefined
  transport.send(
    { origin, method: 'POST', path: '/', headers: ['host', 'x'], body },
    {
      ...{ connected: nothing, head: nothing, data: nothing },
      end: () => over.resolve('end'),
      failed: ({ message }) => over.resolve(message),
    },
  )
  expect(await over.promise).toBe('end')
  body.fill(2)
  await closed.promise
  const bytes = Buffer.concat(seen)
  expect(bytes.length).toBeLessThan(body.length)
  expect(bytes.includes(2)).toBe(false)
  await transport.close()
  server.close()
})
