import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ControlDoor } from '@pointsman/gateway'
import { expect, onTestFinished, test } from 'vitest'
import type { DataLink } from '../control-link.ts'
import { createDataEnd } from './data-end.ts'
import { createPeer, type Answers } from './peer.ts'
import type { ControlState, ToControl } from './questions.ts'

test('a control plane of before, which does not say whether callers are answered, is open when it is up', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pointsman-test-'))
  const path = join(folder, 'link.sock')
  const state: ControlState = { up: true, pinsUp: true, notes: [], failure: null }
  const server = createServer((socket) => {
    const answers: Partial<Answers<ToControl>> = { hello: async () => state }
    createPeer(socket, answers as Answers<ToControl>, () => undefined)
  })
  server.listen(path)
  await once(server, 'listening')
  const end = createDataEnd({
    ...{ path, secret: 'secret', log: () => undefined, limitsWhenAway: 'count' },
    door: {} as ControlDoor,
  })
  onTestFinished(async () => {
    end.close()
    server.close()
    await rm(folder, { recursive: true })
  })
  end.open({ providerStates: () => [], providers: () => [], conditions: () => [] } as unknown as DataLink)
  expect(await end.firstTry).toBe(null)
})
