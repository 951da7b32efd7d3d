import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { readJsonLines, writeJsonLine } from './json-lines.ts'

/** Two ends of one connection; `received` is what the far end made of the bytes. */
async function linked(send: (near: Socket) => void): Promise<{ received: object[]; problem: string | null }> {
  const received: object[] = []
  let problem: string | null = null
  const server = createServer((far) => {
    readJsonLines(far, (message) => received.push(message))
    far.on('error', (error) => (problem = error.message))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const near = connect((server.address() as AddressInfo).port, '127.0.0.1')
  near.on('error', () => undefined)
  await once(near, 'connect')
  send(near)
  near.end()
  await once(near, 'close')
  server.close()
  return { received, problem }
}

test('a message is read whole, wherever its bytes are cut', async () => {
  const message = { id: 1, answer: 'é' }
  const bytes = Buffer.from(`${JSON.stringify(message)}\n`)
  const { received } = await linked((near) => {
    for (const byte of bytes) near.write(Buffer.of(byte))
    writeJsonLine(near, message)
  })
  expect(received).toEqual([message, message])
})

test.each(['5', 'null', 'true', '{', ''])('a line that is no message ends the link: %j', async (line) => {
  const { received, problem } = await linked((near) => near.write(`${line}\n{"id":2}\n`))
  expect(received).toEqual([])
  expect(problem).toContain('no JSON object')
})
