import { afterEach, expect, test, vi } from 'vitest'
import { connect } from './connection.ts'
import { patientFetch } from './patient-fetch.ts'
import { answerJson, startHttpServer, type TestServer } from './testing/http-server.ts'

interface Dispatcher {
  dispatch(options: object, handler: unknown): boolean
}

const name = Symbol.for('undici.globalDispatcher.2')
const olderName = Symbol.for('undici.globalDispatcher.1')
const present = Reflect.get(globalThis, name) as Dispatcher
const presentOlder = Reflect.get(globalThis, olderName) as Dispatcher
let server: TestServer | null = null
afterEach(async () => {
  vi.unstubAllGlobals()
  Reflect.set(globalThis, name, present)
  Reflect.set(globalThis, olderName, presentOlder)
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

test("a newer copy of undici beside Node's own is not asked what Node's fetch means for the older one", async () => {
  const asked: string[] = []
  const called = (which: string): Dispatcher => ({ dispatch: () => asked.push(which) > 0 })
  Reflect.set(globalThis, name, called('newer'))
  Reflect.set(globalThis, olderName, called('older'))
  // As Node's own `fetch` does it up to Node 24, and from Node 26 on.
  vi.stubGlobal('fetch', (_url: string, init: { readonly dispatcher: Dispatcher }) => {
    init.dispatcher.dispatch({}, { onConnect: () => undefined })
    init.dispatcher.dispatch({}, { onRequestStart: () => undefined })
    return Promise.resolve(new Response())
  })
  await patientFetch('http://127.0.0.1', {}, 1_000)
  expect(asked).toEqual(['older', 'newer'])
})
