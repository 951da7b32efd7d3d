import { afterEach, expect, test } from 'vitest'
import { connect } from './connection.ts'
import { answerJson, startHttpServer, type TestServer } from './testing/http-server.ts'

interface Dispatcher {
  dispatch(options: object, handler: unknown): boolean
}

const name = Symbol.for('undici.globalDispatcher.2')
const present = Reflect.get(globalThis, name) as Dispatcher
let server: TestServer | null = null
afterEach(async () => {
  Reflect.set(globalThis, name, present)
  await server?.close()
})

test("Node's own limits of 300 s give way to the caller's, and its dispatcher stays the one that is asked", async () => {
  server = await startHttpServer((_received, response) => answerJson(response, { ok: true }))
  const asked: object[] = []
  const watching: Dispatcher = {
    dispatch: (options, handler) => {
      asked.push(options)
      return present.dispatch(options, handler)
    },
  }
  Reflect.set(globalThis, name, watching)
  const answer = await connect({ url: server.url, key: 'k', timeoutMs: 600_000 }).json('POST', '/x', {
    body: {},
  })
  expect(answer).toEqual({ ok: true })
  expect(asked).toMatchObject([{ method: 'POST', headersTimeout: 610_000, bodyTimeout: 610_000 }])
})
