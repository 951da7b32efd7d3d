import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { onTestFinished, expect, test } from 'vitest'
import { createControlEnd } from './control-end.ts'
import { createPeer } from './peer.ts'
import type { ToControl } from './questions.ts'

const told = { states: [], facts: [], conditions: [] }

/** A control process, and what it says of itself on a new link. */
async function controlProcess() {
  const end = createControlEnd('secret', () => undefined)
  const server = createServer((socket) => end.accept(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    end.close()
    server.close()
  })
  return async () => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    const peer = createPeer<ToControl, object>(socket, {}, () => undefined)
    return (await peer.ask('hello', { secret: 'secret', told })).instance
  }
}

test('a control process is known again on each of its links, and told from the one before it', async () => {
  const [first, second] = [await controlProcess(), await controlProcess()]
  const [known, again, other] = [await first(), await first(), await second()]
  expect(known).toBeTypeOf('string')
  expect(again).toBe(known)
  expect(other).not.toBe(known)
})
