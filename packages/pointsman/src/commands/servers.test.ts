import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { simulate } from './servers.ts'

test('a simulator whose port is taken says so, and how to mend it', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  await expect(simulate({}, { port: String(port) })).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringMatching(`^Port ${port} of 127.0.0.1 is taken by another process.`) as string,
  })
  taken.close()
})
