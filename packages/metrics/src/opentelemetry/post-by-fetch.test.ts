import { once } from 'node:events'
import { createServer } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { postByFetch } from './post-by-fetch.ts'

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

test.each([200, 503])('of an answer %s without end only the beginning is read', async (status) => {
  let left = false
  const server = createServer((_request, response) => {
    response.writeHead(status)
    response.on('close', () => {
      left = true
    })
    const more = (): void => {
      if (!left && response.write('x'.repeat(65_536))) setImmediate(more)
    }
    response.on('drain', more)
    more()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const target = { url: `http://127.0.0.1:${port}`, headers: {}, gzip: false, timeoutMs: 5_000 }
  const posted = postByFetch(target, '{}', AbortSignal.timeout(5_000))
  await (status === 200 ? posted : expect(posted).rejects.toThrow('answered 503'))
  await expect.poll(() => left).toBe(true)
})

test.each([0, 285])('a key that the receiver quotes is not told on, behind %s bytes', async (at) => {
  const key = 'canary-of-a-receiver-0123456789'
  const server = createServer((asked, response) => {
    response.statusCode = 401
    response.end(`${'x'.repeat(at)}${String(asked.headers.authorization)} is unknown`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(async () => void (await new Promise((resolve) => server.close(resolve))))
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const headers = { authorization: `Bearer ${key}` }
  const target = { url: `http://127.0.0.1:${port}`, headers, gzip: false, timeoutMs: 5_000 }
  const failure: unknown = await postByFetch(target, '{}', AbortSignal.timeout(5_000)).catch(
    (thrown: unknown) => thrown,
  )
  expect(String(failure)).toContain('answered 401: ')
  expect(String(failure)).not.toContain(key.slice(0, 8))
})
