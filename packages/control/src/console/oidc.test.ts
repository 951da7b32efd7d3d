import { createHmac } from 'node:crypto'
import type { KeyScope } from '@pointsman/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Control } from '../create-control.ts'
import {
  anyDatabase,
  openTestDatabase,
  startControl,
  testClock,
  type TestControl,
} from '../testing/start-control.ts'
import type { IssuerProblem, Oidc, Seal } from './console-ports.ts'
import { pageOf } from './mount-oidc.ts'
import { personOfTicket } from './session-token.ts'

const mac = (text: string): string => createHmac('sha256', 'a key of these tests').update(text).digest('hex')
/** Authenticates; the door's own also encrypts. The same on every host, as a master key's is. */
const seal: Seal = {
  seal: (purpose, text) => `${Buffer.from(text).toString('base64url')}_${mac(`${purpose} ${text}`)}`,
  open: (purpose, sealed) => {
    const [body = '', tag] = sealed.split('_')
    const text = Buffer.from(body, 'base64url').toString()
    return tag === mac(`${purpose} ${text}`) ? text : null
  },
}

/** An issuer behind the port: it takes any code, as often as it comes, which the real one does not. */
let answer: { readonly scopes: readonly KeyScope[] } | { readonly problem: IssuerProblem } | Error
const issuer: Oidc = {
  ...{ name: 'Example', publicUrl: 'https://models.example.org', policy: 'one', sessionMs: 3_600_000 },
  begin: ({ state }) =>
    Promise.resolve('problem' in answer ? answer : { url: `https://login.example/auth?state=${state}` }),
  finish: () => {
    if (answer instanceof Error) return Promise.reject(answer)
    return Promise.resolve(
      'problem' in answer ? answer : { person: { subject: 'ada', name: 'Ada', scopes: answer.scopes } },
    )
  },
  signOutUrl: () => Promise.resolve('https://login.example/out'),
}

let first: TestControl
let second: TestControl
let renewed: TestControl
let passedMs = 0
const ends: (() => Promise<void>)[] = []
beforeAll(async () => {
  const opened = await openTestDatabase(anyDatabase)
  const start = (oidc: Oidc) =>
    startControl(opened.database, {
      clock: { ...testClock, nowMs: () => testClock.nowMs() + passedMs },
      console: { files: { find: () => Promise.resolve(null) }, seal, oidc },
    })
  first = await start(issuer)
  second = await start(issuer)
  // The same host after its operator took rights away.
  renewed = await start({ ...issuer, policy: 'another' })
  ends.push(
    () => first.stop(),
    () => second.stop(),
    () => renewed.stop(),
    opened.drop,
  )
})
afterAll(async () => {
  for (const end of ends) await end()
})

interface Request_ {
  readonly cookie?: string
  readonly headers?: { readonly [name: string]: string }
  readonly method?: string
}
const go = ({ app }: Control, path: string, { cookie = '', headers = {}, method = 'GET' }: Request_ = {}) =>
  app.fetch(new Request(`http://pointsman.local${path}`, { method, headers: { ...headers, cookie } }))
const own = { 'x-pointsman-console': '1' }
const begin = '/console/api/session/oidc'

async function beginAt({ control }: TestControl, page = '') {
  answer = { scopes: ['read', 'switch'] }
  const response = await go(control, `${begin}${page}`)
  const [set = ''] = response.headers.getSetCookie()
  const state = new URL(response.headers.get('location') ?? '').searchParams.get('state') ?? ''
  return {
    response,
    set,
    state,
    cookie: set.split(';')[0] ?? '',
    back: `${begin}/callback?code=x&state=${state}`,
  }
}
const end = (response: Response): string => response.headers.get('location') ?? ''
const sessionCookie = (response: Response): string =>
  response.headers.getSetCookie().find((set) => set.startsWith('pointsman_session=')) ?? ''

test('what begins at one process ends at another, once on all of them', async () => {
  const { back, cookie, response, set } = await beginAt(first, '?page=/models')
  expect(response.status).toBe(303)
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(set).toMatch(
    /^pointsman_sign_in=[\w-]+; Path=\/console\/api\/session\/oidc; Max-Age=(600|599); HttpOnly; SameSite=Lax; Secure$/,
  )
  const all = await Promise.all(
    [first, second, first, second].map(({ control }) => go(control, back, { cookie })),
  )
  expect(all.map(end).sort()).toEqual([
    ...Array.from({ length: 3 }, () => '/console/?sign-in=expired'),
    '/console/models',
  ])
  const signedIn = all.find((each) => end(each) === '/console/models')
  const session = sessionCookie(signedIn ?? new Response())
  expect(session).toMatch(/; Path=\/console; Max-Age=3\d{3}; HttpOnly; SameSite=Strict; Secure$/)
  expect(signedIn?.headers.getSetCookie()).toContain(
    'pointsman_sign_in=; Path=/console/api/session/oidc; Max-Age=0; HttpOnly; SameSite=Lax; Secure',
  )
  const asked = { cookie: session.split(';')[0] ?? '', headers: own }
  expect((await go(second.control, '/console/api/v1/models', asked)).status).toBe(200)
  // A session of that time is none after the settings changed.
  expect((await go(renewed.control, '/console/api/v1/models', asked)).status).toBe(401)

  const made = await go(first.control, `/console/api/session/ticket`, { ...asked, method: 'POST' })
  const { ticket } = (await made.json()) as { ticket: string }
  const nowMs = testClock.nowMs() + passedMs
  expect(personOfTicket(seal, ticket, nowMs)).toMatchObject({ id: 'person:ada', scopes: ['read', 'switch'] })
  expect(personOfTicket(seal, ticket, nowMs + 5 * 60_000)).toBe(null)

  const out = await go(second.control, '/console/api/session', { ...asked, method: 'DELETE' })
  expect(await out.json()).toEqual({ ended: true, signOutUrl: 'https://login.example/out' })
  expect((await go(first.control, '/console/api/v1/models', asked)).status).toBe(401)
})

test('a session ends when the settings say, and a sign-in after ten minutes', async () => {
  const { back, cookie } = await beginAt(first)
  const late = await beginAt(first)
  const signedIn = await go(first.control, back, { cookie })
  const asked = { cookie: sessionCookie(signedIn).split(';')[0] ?? '', headers: own }
  passedMs += 3_590_000
  expect((await go(first.control, '/console/api/v1/models', asked)).status).toBe(200)
  passedMs += 20_000
  expect((await go(first.control, '/console/api/v1/models', asked)).status).toBe(401)
  expect(end(await go(first.control, late.back, late))).toBe('/console/?sign-in=expired')
})

test('what was sealed for one thing opens no other, and another policy finishes nothing', async () => {
  const { back, cookie } = await beginAt(first)
  const sealed = cookie.split('=')[1] ?? ''
  const asSession = { cookie: `pointsman_session=${sealed}`, headers: own }
  expect((await go(first.control, '/console/api/v1/models', asSession)).status).toBe(401)
  expect(end(await go(renewed.control, back, { cookie }))).toBe('/console/?sign-in=expired')
  const session = sessionCookie(await go(first.control, back, { cookie }))
  const asSignIn = { cookie: session.replace('pointsman_session', 'pointsman_sign_in').split(';')[0] ?? '' }
  expect(end(await go(first.control, back, asSignIn))).toBe('/console/?sign-in=expired')
})

test('each way to fail ends at the page that says it, and signs nobody in', async () => {
  const problems: readonly (typeof answer)[] = [{ problem: 'denied' }, { problem: 'no-rights' }]
  for (const [index, said] of [...problems, new Error('of our own')].entries()) {
    const { back, cookie } = await beginAt(first)
    answer = said
    const response = await go(first.control, back, { cookie })
    const word = ['denied', 'no-rights', 'failed'][index]
    expect(end(response)).toBe(`/console/?sign-in=${word ?? ''}`)
    expect(sessionCookie(response)).toBe('')
  }
  answer = { problem: 'unreachable' }
  expect(end(await go(first.control, begin))).toBe('/console/?sign-in=unreachable')
})

test('a picture, a frame or a script of another page begins nothing', async () => {
  answer = { scopes: ['read'] }
  for (const headers of [
    { 'sec-fetch-dest': 'image' },
    { 'sec-fetch-dest': 'iframe' },
    { 'sec-fetch-dest': 'empty' },
  ]) {
    const response = await go(first.control, begin, { headers })
    expect(response.headers.getSetCookie()).toEqual([])
  }
  expect((await go(first.control, begin, { method: 'HEAD' })).headers.getSetCookie()).toEqual([])
  expect((await go(first.control, begin, { method: 'POST', headers: own })).status).toBe(401)
})

test.each([
  [null, '/console/'],
  ['/models?filter=a%20b', '/console/models?filter=a%20b'],
  ['/switches/sw-1.2', '/console/switches/sw-1.2'],
  ['//evil.example', '/console//evil.example'],
  ['/\\evil.example', '/console//evil.example'],
  ['https://evil.example', '/console/'],
  ['/../../api/v1/models', '/console/'],
  ['/%2e%2e/api', '/console/'],
  ['/api/session/oidc', '/console/'],
  ['/x/../api/session/oidc', '/console/'],
  ['//api/session', '/console/'],
  ['/functions/v1/x', '/console/'],
  ['/a\r\nset-cookie: x=1', '/console/aset-cookie:%20x=1'],
  ['javascript:alert(1)', '/console/'],
  [`/${'a'.repeat(600)}`, '/console/'],
])('the page to come back to, asked for as %o, is one of the console', (asked, page) => {
  expect(pageOf(asked)).toBe(page)
})
