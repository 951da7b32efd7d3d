import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { onTestFinished, expect, test } from 'vitest'
import { createControlEnd } from './control-end.ts'
import { createPeer } from './peer.ts'
import type { ControlPlane } from '../control-plane.ts'
import type { ControlState, ToControl, ToData } from './questions.ts'

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
  const hello = async () => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    const peer = createPeer<ToControl, object>(socket, {}, () => undefined)
    return (await peer.ask('hello', { secret: 'secret', told })).instance
  }
  return { end, hello, port: (server.address() as AddressInfo).port }
}

test('a control process is known again on each of its links, and told from the one before it', async () => {
  const [first, second] = [(await controlProcess()).hello, (await controlProcess()).hello]
  const [known, again, other] = [await first(), await first(), await second()]
  expect(known).toBeTypeOf('string')
  expect(again).toBe(known)
  expect(other).not.toBe(known)
})

test('data planes are told that callers are answered when they are, not when the database is up', async () => {
  const { end, port } = await controlProcess()
  const firstTry = Promise.withResolvers<null>()
  let isOpen = false
  const nothing = (): void => undefined
  end.serve({
    ...{ firstTry: firstTry.promise, isOpen: () => isOpen, up: () => true, onUp: nothing },
    ...{ notes: () => [], failure: () => null, source: { onChange: nothing } },
    ...{ providerKeys: { onChange: nothing }, pinNews: { onMoved: nothing, up: () => true } },
  } as unknown as ControlPlane)
  const states: ControlState[] = []
  const peer = createPeer<ToControl, Pick<ToData, 'state'>>(
    connect(port, '127.0.0.1'),
    { state: async (state) => (states.push(state), null) },
    nothing,
  )
  expect(await peer.ask('hello', { secret: 'secret', told })).toMatchObject({ up: true, open: false })
  isOpen = true
  firstTry.resolve(null)
  await expect.poll(() => states).toMatchObject([{ up: true, open: true }])
})
