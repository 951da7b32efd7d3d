import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { Log } from './log.ts'
import { fetchTokenKeys, TokenKeys } from './token-keys.ts'

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

/** `host:port` of a server that answers so. */
async function serving(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ends.push(() => server.closeAllConnections(), server.close.bind(server))
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('a document without an end is left when it is too long', async () => {
  let sent = 0
  let left = false
  const host = await serving((_, response) => {
    response.on('close', () => (left = true))
    const more = (): void => {
      while (!left && sent < 50_000_000) {
        sent += 65_536
        if (!response.write('x'.repeat(65_536))) return void response.once('drain', more)
      }
      response.end()
    }
    more()
  })
  await expect(fetchTokenKeys(`http://${host}/jwks`)).rejects.toThrow(/more than 262144 bytes/)
  expect(sent).toBeLessThan(50_000_000)
})

test('a user and a query in the URL go to the server, and into no log and no error', async () => {
  const seen: (string | undefined)[] = []
  let status = 200
  const host = await serving((request, response) => {
    seen.push(request.headers.authorization, request.url)
    response.statusCode = status
    response.end('{"keys":[]}')
  })
  const url = `http://an-operator:canary%2Done@${host}/jwks?apikey=canary-two`
  expect(await fetchTokenKeys(url)).toBe('{"keys":[]}')
  const pair = Buffer.from('an-operator:canary-one').toString('base64')
  expect(seen).toEqual([`Basic ${pair}`, '/jwks?apikey=canary-two'])
  status = 500
  const lines: string[] = []
  const log: Log = (level, event, facts = {}) => {
    lines.push(`${level} ${event} ${JSON.stringify(facts)} ${String(facts['error'])}`)
  }
  const keys = new TokenKeys({ url, log, fetchText: fetchTokenKeys })
  await keys.freshen(0)
  status = 200
  await keys.freshen(60_000)
  expect(lines).toHaveLength(2)
  for (const line of lines) {
    expect(line).toContain(`${host}/jwks`)
    expect(line).not.toMatch(/canary|an-operator/)
  }
})

test('a clock that is set back makes the set old: a key that was taken away ends as soon as before', async () => {
  let asked = 0
  const keys = new TokenKeys({
    url: 'http://127.0.0.1/jwks',
    log: () => undefined,
    fetchText: () => {
      asked += 1
      return Promise.resolve('{"keys":[]}')
    },
  })
  await keys.freshen(3_600_000)
  expect(asked).toBe(1)
  await keys.freshen(1_000)
  expect(asked).toBe(2)
  expect([keys.freshen(2_000), keys.missing(2_000)]).toEqual([null, null])
  await keys.missing(0)
  expect(asked).toBe(3)
})
