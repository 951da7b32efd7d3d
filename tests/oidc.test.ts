import { afterAll, beforeAll, expect, test } from 'vitest'
import { oidcClient, startOidcIssuer, type OidcIssuer } from './oidc-issuer.ts'
import { freePort } from '../tools/free-port.ts'
import { api, removeFolder, startServer, type RunningServer } from './server.ts'

/* Signing in at an issuer that nobody here wrote, as a browser does it: cookies by host and path, ways by redirects. */

let issuer: OidcIssuer
let server: RunningServer
beforeAll(async () => {
  const port = await freePort()
  const publicUrl = `http://127.0.0.1:${port}`
  issuer = await startOidcIssuer([publicUrl], {
    ada: ['operators', '__proto__', 'constructor'],
    ray: ['readers'],
    carl: ['callers'],
  })
  server = await startServer({ port, environment: issuer.environmentOf(publicUrl) })
})
afterAll(async () => {
  await server.kill('SIGTERM')
  await removeFolder(server.dataDir)
})

interface Held {
  readonly origin: string
  readonly path: string
  readonly value: string
}

/** A browser of its own: one address after another, until nothing sends it on. */
class Visitor {
  readonly #cookies = new Map<string, Held>()
  /** Where it was sent, its own first address included. */
  readonly way: string[] = []

  cookie(name: string): string {
    return this.#cookies.get(name)?.value ?? ''
  }

  setCookie(name: string, value: string): void {
    const held = this.#cookies.get(name)
    if (held !== undefined) this.#cookies.set(name, { ...held, value })
  }

  async go(url: string, form?: { readonly [name: string]: string }): Promise<Response> {
    const target = new URL(url)
    this.way.push(url)
    const response = await fetch(target, {
      redirect: 'manual',
      headers: { cookie: this.#sent(target) },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    })
    for (const set of response.headers.getSetCookie()) this.#keep(set, target)
    return response
  }

  /** To where nothing sends it on, or to before the address that `until` names. */
  async follow(url: string, until = /\/console\/(?!api)/): Promise<string> {
    let at = url
    while (!until.test(at)) {
      const response = await this.go(at)
      const next = response.headers.get('location')
      if (next === null) return at
      at = new URL(next, at).href
    }
    return at
  }

  /** A request of the console's own page. */
  ask(path: string, { body, method }: { readonly method?: string; readonly body?: object } = {}) {
    const target = new URL(`/console${path}`, server.url)
    return fetch(target, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: { cookie: this.#sent(target), 'x-pointsman-console': '1' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  }

  #sent({ origin, pathname }: URL): string {
    return [...this.#cookies]
      .filter(([, held]) => held.origin === origin && pathname.startsWith(held.path))
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ')
  }

  #keep(set: string, { origin }: URL): void {
    const [pair = '', ...attributes] = set.split('; ')
    const name = pair.slice(0, pair.indexOf('='))
    const value = pair.slice(name.length + 1)
    const path = attributes.find((attribute) => /^path=/i.test(attribute))?.slice(5) ?? '/'
    if (value === '' || attributes.some((attribute) => /^max-age=0$/i.test(attribute)))
      this.#cookies.delete(name)
    else this.#cookies.set(name, { origin, path, value })
  }
}

const begin = '/console/api/session/oidc'
const callback = /\/oidc\/callback\?/

/** As far as the way back, which it does not go. */
async function comeBack(visitor: Visitor, person: string, page = ''): Promise<string> {
  const form = await visitor.follow(`${server.url}${begin}${page}`)
  const sent = await visitor.go(form, { prompt: 'login', login: person, password: 'x' })
  return visitor.follow(new URL(sent.headers.get('location') ?? '', form).href, callback)
}

async function signIn(person: string): Promise<Visitor> {
  const visitor = new Visitor()
  await visitor.follow(await comeBack(visitor, person))
  return visitor
}

const session = async (visitor: Visitor) =>
  (await (await visitor.ask('/api/session')).json()) as {
    readonly session: { readonly [name: string]: unknown } | null
    readonly oidc: object | null
  }
const dryRun = { body: { modelId: 'eu.amazon.nova-lite-v1:0', useCase: 'clinical', reason: 'a test' } }

test('a person signs in, switches as themselves, calls models, and signs out', async () => {
  const visitor = new Visitor()
  const back = await comeBack(visitor, 'ada', '?page=/switches/sw-1?from=mail')
  const asked = new URL(visitor.way.find((url) => url.startsWith(`${issuer.url}/auth?`)) ?? '').searchParams
  expect(asked.get('code_challenge_method')).toBe('S256')
  expect(asked.get('redirect_uri')).toBe(`${server.url}${begin}/callback`)
  const end = await visitor.follow(back)
  expect(end).toBe(`${server.url}/console/switches/sw-1?from=mail`)
  expect(visitor.cookie('pointsman_sign_in')).toBe('')
  expect(visitor.cookie('pointsman_session').length).toBeLessThan(2_000)
  expect(await session(visitor)).toMatchObject({
    session: {
      ...{ kind: 'user', id: 'person:ada', name: 'ada of the tests' },
      scopes: ['invoke', 'read', 'switch'],
    },
    oidc: { name: 'Example <b>Login</b>', url: `${server.url}${begin}` },
  })

  const made = await visitor.ask('/api/v1/switches', dryRun)
  expect(made.status).toBe(200)
  const { switchId } = (await made.json()) as { switchId: string }
  const record = await api<{ actor: object }>(server, `/api/v1/switches/${switchId}`)
  expect(record.body.actor).toEqual({ kind: 'user', id: 'person:ada' })
  expect((await api(server, '/api/v1/switches/verify')).body).toMatchObject({ valid: true, count: 1 })
  expect((await visitor.ask('/api/v1/keys', { body: { name: 'x' } })).status).toBe(403)

  const { ticket } = (await (await visitor.ask('/api/session/ticket', { method: 'POST' })).json()) as {
    ticket: string
  }
  const messages = [{ role: 'user', content: 'Hello' }]
  const chat = await fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ticket}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'use-case/clinical', messages }),
  })
  expect(chat.status).toBe(200)
  // A ticket is for models alone.
  const control = await fetch(`${server.url}/api/v1/models`, {
    headers: { authorization: `Bearer ${ticket}` },
  })
  expect(control.status).toBe(401)

  const cookie = visitor.cookie('pointsman_session')
  const out = (await (await visitor.ask('/api/session', { method: 'DELETE' })).json()) as {
    signOutUrl: string
  }
  const there = new URL(out.signOutUrl)
  expect(there.origin).toBe(issuer.url)
  expect(there.searchParams.get('post_logout_redirect_uri')).toBe(`${server.url}/console/`)
  expect((await visitor.go(out.signOutUrl)).status).toBe(200)
  visitor.setCookie('pointsman_session', cookie)
  expect((await visitor.ask('/api/v1/models')).status).toBe(401)

  const erased = await api(server, '/api/v1/erasures', { body: { userId: 'person:ada' } })
  expect(erased.status).toBe(200)
  const sealed = await api<{ actor: { id: string } }>(server, `/api/v1/switches/${switchId}`)
  expect(sealed.body.actor.id).toMatch(/^sealed:/)
  expect((await api(server, '/api/v1/switches/verify')).body).toMatchObject({ valid: true })
})

test('who may only read is refused in words; who may not even that does not come in', async () => {
  const ray = await signIn('ray')
  expect((await ray.ask('/api/v1/models')).status).toBe(200)
  const refused = await ray.ask('/api/v1/switches', dryRun)
  expect(refused.status).toBe(403)
  expect(await refused.text()).toMatch(/You lack the scope \\"switch\\".*you have read/)
  for (const person of ['carl', 'nobody']) {
    const visitor = new Visitor()
    const end = await visitor.follow(await comeBack(visitor, person))
    expect(end).toBe(`${server.url}/console/?sign-in=no-rights`)
    expect(await session(visitor)).toMatchObject({ session: null })
  }
})

test('rights that ended at the issuer end at the next sign-in', async () => {
  issuer.setGroups('eve', ['operators'])
  expect((await session(await signIn('eve'))).session?.['scopes']).toContain('switch')
  issuer.setGroups('eve', [])
  expect((await session(await signIn('eve'))).session).toBe(null)
})

test('the way back works once, in the browser that began, with what it was given', async () => {
  const visitor = new Visitor()
  const back = await comeBack(visitor, 'ada')
  const begun = visitor.cookie('pointsman_sign_in')
  const expired = `${server.url}/console/?sign-in=expired`
  // Somebody else's browser: an attacker who has a person open the way back of a sign-in of their own.
  expect(await new Visitor().follow(back)).toBe(expired)
  const elsewhere = new Visitor()
  await elsewhere.follow(`${server.url}${begin}`, /\/auth\?/)
  expect(await elsewhere.follow(back)).toBe(expired)
  for (const altered of [`${begun.slice(0, -1)}${begun.endsWith('A') ? 'B' : 'A'}`, begun.slice(4), 'x']) {
    visitor.setCookie('pointsman_sign_in', altered)
    expect(await visitor.follow(back)).toBe(expired)
  }
  visitor.setCookie('pointsman_sign_in', begun)
  const altered = (name: string, value: string): string => {
    const url = new URL(back)
    url.searchParams.set(name, value)
    return url.href
  }
  expect(await visitor.follow(altered('state', 'another'))).toBe(expired)
  // Another issuer's answer (mix-up), whose state is right.
  const mixedUp = await visitor.go(altered('iss', 'https://evil.example'))
  expect(mixedUp.headers.get('location')).toBe('/console/?sign-in=untrusted')
})

test('a code and a state are good once', async () => {
  const ends = async (times: number): Promise<readonly string[]> => {
    const visitor = new Visitor()
    const back = await comeBack(visitor, 'ada')
    const cookie = `pointsman_sign_in=${visitor.cookie('pointsman_sign_in')}`
    const go = async (): Promise<string> =>
      (await fetch(back, { headers: { cookie }, redirect: 'manual' })).headers.get('location') ?? ''
    const first = await Promise.all(Array.from({ length: times }, go))
    return [...first, await go()]
  }
  expect(await ends(1)).toEqual(['/console/', '/console/?sign-in=refused'])
  // The issuer takes back what it gave for a code that comes twice: then none of them may be let in.
  expect((await ends(3)).filter((end) => end === '/console/').length).toBeLessThan(2)
})

test('an issuer that goes away meanwhile is told, and a key still opens the console', async () => {
  const visitor = new Visitor()
  const back = await comeBack(visitor, 'ada')
  await issuer.stop()
  expect(await visitor.follow(back)).toBe(`${server.url}/console/?sign-in=unreachable`)
  const signedIn = await fetch(`${server.url}/console/api/session`, {
    method: 'POST',
    headers: { 'x-pointsman-console': '1' },
    body: JSON.stringify({ key: server.key }),
  })
  expect(signedIn.status).toBe(200)
})

test('nothing of it stands in the log', () => {
  expect(server.output()).toMatch(/sign_in_failed/)
  for (const secret of [oidcClient.secret, 'person:ada', 'of the tests', 'code=', 'eyJ'])
    expect(server.output()).not.toContain(secret)
})
