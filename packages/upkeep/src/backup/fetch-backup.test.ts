import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent, getGlobalDispatcher, setGlobalDispatcher } from 'undici'
import { onTestFinished, expect, test } from 'vitest'
import { fetchBackup } from './fetch-backup.ts'

const nowhere = join(tmpdir(), 'pointsman-no-backup.jsonl.gz')

async function serving(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('a server that makes a large backup is waited for, longer than `fetch` waits for an answer to begin', async () => {
  const usual = getGlobalDispatcher()
  onTestFinished(() => setGlobalDispatcher(usual))
  setGlobalDispatcher(new Agent({ headersTimeout: 50 }))
  const url = await serving((_, response) => {
    setTimeout(() => response.writeHead(507).end('the disk is full'), 2_000)
  })
  await expect(fetchBackup({ url, key: 'key' }, nowhere)).rejects.toThrow(
    `The server at ${url} answered 507. the disk is full`,
  )
})

test.each([
  [401, 'Set POINTSMAN_SERVICE_KEY'],
  [302, 'answered 302'],
])('an answer %i is told with the step that mends it, and followed nowhere', async (status, told) => {
  const asked: unknown[] = []
  const url = await serving(({ headers, method, url: path }, response) => {
    asked.push([method, path, headers.authorization])
    response.writeHead(status, { location: '/elsewhere' }).end()
  })
  await expect(fetchBackup({ url, key: 'key' }, nowhere)).rejects.toThrow(told)
  expect(asked).toEqual([['POST', '/api/v1/backup', 'Bearer key']])
})

test.each(['http://127.0.0.1:1', 'nowhere'])('that no server answers at %s is told', async (url) => {
  await expect(fetchBackup({ url, key: 'key' }, nowhere)).rejects.toThrow(`No server answers at ${url}`)
})
