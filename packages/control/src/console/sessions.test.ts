import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  anyDatabase,
  digestOf,
  openTestDatabase,
  serviceKey,
  startControl,
  testClock,
  type TestControl,
} from '../testing/start-control.ts'
import type { ConsoleFile, Seal } from './console-ports.ts'
import { keyDigestOfTicket } from './session-token.ts'

const mac = (text: string): string => createHmac('sha256', 'a key of these tests').update(text).digest('hex')
/** Authenticates, which is what sessions lean on; the door's own also encrypts. */
const seal: Seal = {
  seal: (purpose, text) => `${Buffer.from(text).toString('base64url')}_${mac(`${purpose} ${text}`)}`,
  open: (purpose, sealed) => {
    const [body = '', tag] = sealed.split('_')
    const text = Buffer.from(body, 'base64url').toString()
    return tag === mac(`${purpose} ${text}`) ? text : null
  },
}
const file = (text: string, more: Partial<ConsoleFile> = {}): ConsoleFile => ({
  ...{ contentType: 'text/html; charset=utf-8', immutable: false, bytes: new TextEncoder().encode(text) },
  ...more,
})
const files = new Map([
  ['index.html', file('<!doctype html>')],
  [
    'assets/a-1.js',
    file('1', {
      immutable: true,
      brotli: new TextEncoder().encode('br'),
      gzip: new TextEncoder().encode('gz'),
    }),
  ],
])

let at: TestControl
let passedMs = 0
const ends: (() => Promise<void>)[] = []
beforeAll(async () => {
  const opened = await openTestDatabase(anyDatabase)
  at = await startControl(opened.database, {
    clock: { ...testClock, nowMs: () => testClock.nowMs() + passedMs },
    console: { files: { find: (path) => Promise.resolve(files.get(path) ?? null) }, seal },
  })
  ends.push(() => at.stop(), opened.drop)
})
afterAll(async () => {
  for (const end of ends) await end()
})

const own = { 'x-pointsman-console': '1' }

/** As a browser asks: no key, the cookie where there is one. */
const ask = async (
  path: string,
  {
    body,
    cookie,
    headers = own,
    method = body === undefined ? 'GET' : 'POST',
  }: {
    readonly method?: string
    readonly body?: unknown
    readonly cookie?: string
    readonly headers?: { readonly [name: string]: string }
  } = {},
): Promise<Response> =>
  at.control.app.fetch(
    new Request(`http://127.0.0.1:7070${path}`, {
      method,
      headers: { ...headers, ...(cookie === undefined ? {} : { cookie }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  )

async function signIn(key: string, headers: { readonly [name: string]: string } = own) {
  const response = await ask('/console/api/session', { body: { key }, headers })
  const set = response.headers.get('set-cookie') ?? ''
  return { response, set, cookie: set.split(';')[0] ?? '' }
}
const newKey = async (scopes: readonly string[]): Promise<{ readonly id: string; readonly key: string }> =>
  (await at.ask('/api/v1/keys', { body: { name: 'of a person', scopes } })).body

test('a session opens the control API below the console, and nothing else', async () => {
  const { cookie, response, set } = await signIn(serviceKey)
  expect(await response.json()).toMatchObject({
    kind: 'service',
    scopes: ['invoke', 'read', 'switch', 'admin'],
    environment: 'dev',
  })
  expect(set).toMatch(
    /^pointsman_session=[\w-]+; Path=\/console; Max-Age=43\d{3}; HttpOnly; SameSite=Strict$/,
  )
  expect(set).not.toContain(serviceKey)
  expect((await ask('/console/api/v1/models', { cookie })).status).toBe(200)
  expect(
    (await ask('/console/functions/v1/manage-bedrock-models', { cookie, body: { action: 'list' } })).status,
  ).toBe(200)
  expect((await ask('/api/v1/models', { cookie })).status).toBe(401)
  // A key opens nothing there: what programs use is not behind the page's own rules.
  expect(
    (await ask('/console/api/v1/models', { headers: { ...own, authorization: `Bearer ${serviceKey}` } }))
      .status,
  ).toBe(401)
})

test('a page of another origin is refused, with the cookie or without', async () => {
  const { cookie } = await signIn(serviceKey)
  for (const headers of [
    {},
    { ...own, 'sec-fetch-site': 'cross-site' },
    { ...own, 'sec-fetch-site': 'same-site' },
  ]) {
    expect((await ask('/console/api/v1/cache/clear', { method: 'POST', cookie, headers })).status).toBe(403)
    expect((await ask('/console/api/session', { body: { key: serviceKey }, headers })).status).toBe(403)
  }
})

test('the cookie is Secure where the browser came by HTTPS', async () => {
  const { set } = await signIn(serviceKey, { ...own, origin: 'https://models.example.org' })
  expect(set).toMatch(/; Secure$/)
})

test('signing out ends the session for whoever copied its cookie', async () => {
  const { cookie } = await signIn(serviceKey)
  const ended = await ask('/console/api/session', { method: 'DELETE', cookie })
  expect(ended.headers.get('set-cookie')).toMatch(/^pointsman_session=; Path=\/console; Max-Age=0/)
  expect((await ask('/console/api/v1/models', { cookie })).status).toBe(401)
  expect(await (await ask('/console/api/session', { cookie })).json()).toEqual({ session: null, oidc: null })
})

test('a key that is revoked ends its sessions; its scopes hold in them', async () => {
  const { id, key } = await newKey(['read'])
  const { cookie } = await signIn(key)
  expect((await ask('/console/api/v1/models', { cookie })).status).toBe(200)
  expect((await ask('/console/api/v1/keys', { cookie })).status).toBe(403)
  await at.ask(`/api/v1/keys/${id}`, { method: 'DELETE' })
  expect((await ask('/console/api/v1/models', { cookie })).status).toBe(401)
})

test('a session ends after twelve hours', async () => {
  const { cookie } = await signIn(serviceKey)
  passedMs += 12 * 3_600_000 - 60_000
  expect((await ask('/console/api/v1/models', { cookie })).status).toBe(200)
  passedMs += 61_000
  expect((await ask('/console/api/v1/models', { cookie })).status).toBe(401)
})

test('a wrong key, one that may not read, and an altered cookie are refused in words', async () => {
  const wrong = await signIn('pm_nobody_knows_it')
  expect(wrong.response.status).toBe(401)
  expect(await wrong.response.json()).toMatchObject({ error: { code: 'invalid_key', field: 'key' } })
  expect(wrong.set).toBe('')
  const { key } = await newKey(['invoke'])
  const unfit = await signIn(key)
  expect(unfit.response.status).toBe(403)
  expect((await ask('/console/api/session', { body: { nothing: 1 } })).status).toBe(400)
  const { cookie } = await signIn(serviceKey)
  expect((await ask('/console/api/v1/models', { cookie: `${cookie.slice(0, -1)}x` })).status).toBe(401)
})

test('a ticket stands for the key for five minutes, and a session’s seal does not open as one', async () => {
  const { cookie } = await signIn(serviceKey)
  const { ticket } = (await (
    await ask('/console/api/session/ticket', { method: 'POST', cookie })
  ).json()) as { ticket: string }
  const nowMs = testClock.nowMs() + passedMs
  expect(keyDigestOfTicket(seal, ticket, () => nowMs)).toBe(digestOf(serviceKey))
  expect(keyDigestOfTicket(seal, ticket, () => nowMs + 5 * 60_000)).toBe(null)
  expect(keyDigestOfTicket(seal, `pm_ticket_${cookie.split('=')[1] ?? ''}`, () => nowMs)).toBe(null)
  expect(keyDigestOfTicket(seal, 'pm_ticket_', () => nowMs)).toBe(null)
})

test('its files are open, strict, compressed as the browser takes them, and pages have addresses of their own', async () => {
  const page = await ask('/console/switches/sw-1.2', { headers: {} })
  expect(page.status).toBe(200)
  expect(await page.text()).toBe('<!doctype html>')
  expect(page.headers.get('cache-control')).toBe('no-store')
  expect(page.headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';/,
  )
  expect(page.headers.get('x-content-type-options')).toBe('nosniff')
  const script = (accept: string) => ask('/console/assets/a-1.js', { headers: { 'accept-encoding': accept } })
  expect(await (await script('gzip, deflate, br')).text()).toBe('br')
  expect(await (await script('gzip, br;q=0')).text()).toBe('gz')
  expect(await (await script('identity')).text()).toBe('1')
  expect((await script('')).headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  expect((await ask('/console/assets/b-2.js', { headers: {} })).status).toBe(404)
})
