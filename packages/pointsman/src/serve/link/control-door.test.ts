import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createListener } from '@pointsman/gateway/node'
import { onTestFinished, expect, test } from 'vitest'
import { systemClock, waitMs } from '../clock.ts'
import { createSocketDoor } from './control-door.ts'

const idleMs = 50

/** A data plane's listener, whose every request goes through the door to this control plane. */
async function doorTo(controlPlane: Server): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pointsman-test-'))
  const path = join(folder, 'door.sock')
  controlPlane.listen(path)
  await once(controlPlane, 'listening')
  const door = createSocketDoor(path, idleMs)
  const listener = createListener({
    handle: (exchange) => door.forward(exchange),
    nowUs: systemClock.nowUs,
    onFailure: () => undefined,
  })
  listener.server.listen(0, '127.0.0.1')
  await once(listener.server, 'listening')
  onTestFinished(async () => {
    await listener.stop(0)
    door.close()
    controlPlane.close()
    await rm(folder, { recursive: true })
  })
  return `http://127.0.0.1:${(listener.server.address() as AddressInfo).port}`
}

test('an answer that begins late, as a large backup does, or rests is waited for', async () => {
  let asked = 0
  const url = await doorTo(
    createServer((_, response) => {
      asked++
      void waitMs(10 * idleMs)
        .then(() => response.write('wh'))
        .then(() => waitMs(10 * idleMs))
        .then(() => response.end('ole'))
    }),
  )
  const answer = await fetch(`${url}/api/v1/backup`, { method: 'POST' })
  expect([answer.status, await answer.text(), asked]).toEqual([200, 'whole', 1])
})

test('a control plane that ends without an answer is told as away', async () => {
  const url = await doorTo(createServer((incoming) => void incoming.socket.destroy()))
  const answer = await fetch(`${url}/api/v1/models`)
  expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('registry_unavailable')])
})

/** What comes back of these bytes, until it has been quiet for a while. */
async function said(url: string, text: string): Promise<string> {
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1' })
  let heard = ''
  socket.setEncoding('latin1').on('data', (piece: string) => (heard += piece))
  socket.write(text)
  while (heard === '') await waitMs(20)
  await waitMs(100)
  socket.destroy()
  return heard
}

test.each(['DELETE', 'OPTIONS', 'POST'])(
  'the body of a %s whose length nobody told is no request of its own, whatever other headers are called',
  async (method) => {
    const asked: string[] = []
    const url = await doorTo(
      createServer((request, response) => {
        let body = ''
        request.setEncoding('latin1').on('data', (piece: string) => (body += piece))
        request.on('end', () => {
          asked.push(`${request.method} ${request.url} ${body}`)
          response.end('answered')
        })
      }),
    )
    const inner = 'GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n'
    const head = `${method} /api/v1/x HTTP/1.1\r\nhost: x\r\nx-content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n`
    await said(url, `${head}${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`)
    expect(asked).toEqual([`${method} /api/v1/x ${inner}`])
  },
)
