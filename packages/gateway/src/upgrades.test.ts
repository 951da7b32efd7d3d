import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serviceKey, startGateway, type RunningGateway } from './testing/running-gateway.ts'

let gateway: RunningGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

test('who asks for a WebSocket is told to go on over HTTP, by the status that clients know for it', async () => {
  const socket = request(`${gateway.url}/v1/responses`, {
    headers: { authorization: `Bearer ${serviceKey}`, connection: 'Upgrade', upgrade: 'websocket' },
  }).end()
  const [answer] = (await once(socket, 'response')) as [IncomingMessage]
  expect([answer.statusCode, answer.headers.allow]).toEqual([426, 'POST'])
  expect([answer.headers.upgrade, answer.headers.connection]).toEqual(['HTTP/1.1', 'upgrade, close'])
  expect(await text(answer)).toContain('Send a POST')
})
