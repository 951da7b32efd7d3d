import { connect, type Socket } from 'node:net'
import { servicePrincipal } from '@pointsman/core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createEntrance, type Entrance } from './entrance.ts'
import { listenWith, serviceKey, startGateway, type RunningGateway } from './testing/running-gateway.ts'

/* T43: who only declares a large body takes no place of those who are known. */

const megabyte = 1_048_576
const body = JSON.stringify({ model: 'health', messages: [{ role: 'user', content: 'Hi' }] })

let running: RunningGateway
let door: Awaited<ReturnType<typeof listenWith>>
let entrance: Entrance
let port = 0
/** Answers the tokens that are looked up. */
let answers: (() => void)[] = []
const open: Socket[] = []
beforeAll(async () => {
  running = await startGateway({ maxBodyBytes: 25 * megabyte })
  const { authentication } = running.options
  const limits = { maxInFlight: 100, maxBodyBytes: 4 * megabyte, maxLagMs: 1_000, maxMemoryBytes: 1 }
  entrance = createEntrance({
    limits,
    vitals: () => ({ lagMs: 0, memoryBytes: 0, heapShare: 0 }),
    chance: () => 0,
  })
  const checkToken = (token: string) =>
    token === 'of.a.user'
      ? new Promise<typeof servicePrincipal>((resolve) => {
          answers.push(() => {
            resolve(servicePrincipal)
          })
        })
      : null
  door = await listenWith(running, {
    ...running.options,
    entrance,
    authentication: { ...authentication, checkToken },
  })
  port = door.port
})
beforeEach(() => {
  answers = []
  return async () => {
    for (const socket of open.splice(0)) socket.destroy()
    for (const answer of answers) answer()
    await expect.poll(() => entrance.load()).toMatchObject({ inFlight: 0, bodyBytes: 0 })
  }
})
afterAll(async () => {
  await door.stop()
  await running.close()
})

/** A head that declares so much and brings nothing of it. Answers what its connection is told. */
const declare = (bytes: number, key: string): { told: string } =>
  send(`/v1/chat/completions`, bytes, `authorization: Bearer ${key}\r\n`)

/** As older AWS clients sign: without a hash of the body in the head. The signature is none. */
function declareSigned(bytes: number): { told: string } {
  const date = `${new Date().toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`
  const credential = `Credential=clinic/${date.slice(0, 8)}/eu-central-1/bedrock/aws4_request`
  const claims = `${credential}, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`
  const headers = `x-amz-date: ${date}\r\nauthorization: AWS4-HMAC-SHA256 ${claims}\r\n`
  return send('/model/use-case%2Fclinical/converse', bytes, headers)
}

function send(path: string, bytes: number, headers: string): { told: string } {
  const socket = connect(port, '127.0.0.1')
  open.push(socket)
  const heard = { told: '' }
  socket.setEncoding('utf8').on('data', (text: string) => (heard.told += text))
  socket.on('error', () => undefined)
  const head = `POST ${path} HTTP/1.1\r\nhost: here\r\n${headers}`
  socket.write(`${head}content-type: application/json\r\ncontent-length: ${bytes}\r\n\r\n`)
  return heard
}

const ask = () =>
  fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
    ...{ method: 'POST', body },
    headers: { authorization: `Bearer ${serviceKey}`, 'content-type': 'application/json' },
  })

test('T43: large bodies of strangers leave room for others while their tokens are looked up', async () => {
  for (let index = 0; index < 5; index += 1) declare(20 * megabyte, 'of.a.user')
  await expect.poll(() => answers.length).toBe(5)
  expect((await ask()).status).toBe(200)
  expect(entrance.load()).toMatchObject({ inFlight: 5, bodyBytes: 5 * 65_536 })
})

test('T43: a body that is known takes its place, and the next one that does not fit is refused with the time to wait', async () => {
  declare(3 * megabyte, serviceKey)
  await expect.poll(() => entrance.load().bodyBytes).toBe(3 * megabyte)
  const second = declare(2 * megabyte, serviceKey)
  await expect.poll(() => second.told).toContain('"code":"overloaded"')
  expect(second.told).toMatch(/^HTTP\/1.1 503 .*\r\n(.*\r\n)*retry-after: 1\r\n/i)
  expect((await ask()).status).toBe(200)
  await expect.poll(() => entrance.load()).toMatchObject({ inFlight: 1, bodyBytes: 3 * megabyte })
})

test('T43: a token that turns out good takes the place then', async () => {
  declare(3 * megabyte, 'of.a.user')
  await expect.poll(() => answers.length).toBe(1)
  answers[0]?.()
  await expect.poll(() => entrance.load()).toMatchObject({ inFlight: 1, bodyBytes: 3 * megabyte })
})

test('T43: signatures that only a body could prove fill no more than half of the house', async () => {
  declareSigned(1.5 * megabyte)
  await expect.poll(() => entrance.load().bodyBytes).toBe(1.5 * megabyte)
  const second = declareSigned(1.5 * megabyte)
  await expect.poll(() => second.told).toMatch(/^HTTP\/1.1 503 /)
  declare(2 * megabyte, serviceKey)
  await expect.poll(() => entrance.load().bodyBytes).toBe(3.5 * megabyte)
  expect((await ask()).status).toBe(200)
})

test('T43: a body that is too large is told so, however full the house is', async () => {
  declare(4 * megabyte, serviceKey)
  await expect.poll(() => entrance.load().bodyBytes).toBe(4 * megabyte)
  const heard = declare(26 * megabyte, serviceKey)
  await expect.poll(() => heard.told).toMatch(/^HTTP\/1.1 (413|503) /)
  expect(heard.told).toMatch(/^HTTP\/1.1 413 /)
})
