import type { Hono } from 'hono'
import { z } from 'zod'
import { keyId } from '@pointsman/contract'
import { findKey } from '@pointsman/registry'
import type { ControlHouse } from '../house.ts'
import { check } from '../http/check.ts'
import { answering, type RefusalParts } from '../http/mount.ts'
import { readJson } from '../http/read-body.ts'
import { oidcPath, type Oidc } from './console-ports.ts'
import { cameByHttps, sessionCookie, setCookie } from './cookies.ts'
import { requireOwnPage, type Sessions, type SignedIn } from './sessions.ts'

export interface SessionPaths extends RefusalParts {
  readonly basePath: string
  readonly sessions: Sessions
}

/** A key is some hundred characters. */
const maxBodyBytes = 16_384
const signInOrder = z.strictObject({ key: z.string().min(1).max(4_096) })

/** Signing in and out, and what the page is to know of who is signed in. */
export function mountSessions(app: Hono, house: ControlHouse, parts: SessionPaths): void {
  const { basePath, sessions } = parts
  const oidc = house.console?.oidc
  const told = (signedIn: SignedIn) => sessionTold(house, signedIn)
  const cookie = (value: string, untilMs: number, asked: Headers) => ({
    'set-cookie': setCookie(sessionCookie, {
      ...{ value, untilMs, nowMs: house.clock.nowMs(), secure: cameByHttps(asked) },
    }),
  })
  const on = (method: string, path: string, work: (request: Request) => Promise<Response>): void => {
    app.on(method, path, (context) => answering(parts, 'console.session', () => work(context.req.raw)))
  }
  // Nobody being signed in is an answer: a browser would tell a 401 as an error of the page.
  on('GET', basePath, async (request) => {
    const signedIn = await sessions.look(request.headers)
    return noStore({ session: signedIn === null ? null : await told(signedIn), oidc: oidcTold(oidc) })
  })
  on('POST', basePath, async (request) => {
    requireOwnPage(request.headers)
    const { key } = check(signInOrder, await readJson(request, maxBodyBytes), 'body')
    const signedIn = sessions.signIn(key.trim())
    const { session, token } = signedIn
    return noStore(await told(signedIn), cookie(token, session.untilMs, request.headers))
  })
  on('DELETE', basePath, async (request) => {
    const { session } = await sessions.find(request.headers)
    await sessions.end(session)
    const signOutUrl = 'person' in session ? ((await oidc?.signOutUrl()) ?? null) : null
    return noStore({ ended: true, signOutUrl }, cookie('', 0, request.headers))
  })
  on('POST', `${basePath}/ticket`, async (request) => {
    const { session } = await sessions.find(request.headers)
    const { ticket, untilMs } = sessions.ticket(session)
    return noStore({ ticket, expiresAt: new Date(untilMs).toISOString() })
  })
}

async function sessionTold(house: ControlHouse, { principal, session }: SignedIn) {
  const { kind, id, scopes, workspace } = principal
  const key = kind === 'key' ? await findKey(house.database, keyId(id)) : null
  return {
    kind,
    id,
    name: 'person' in session ? session.person.name : (key?.key.name ?? id),
    scopes,
    workspace,
    environment: house.environment,
    region: house.homeRegion,
    expiresAt: new Date(session.untilMs).toISOString(),
  }
}

/** At the public address whatever the page's own: the issuer sends the browser there, and cookies belong to one host. */
const oidcTold = (oidc: Oidc | undefined) =>
  oidc === undefined ? null : { name: oidc.name, url: `${oidc.publicUrl}${oidcPath}` }

const noStore = (body: unknown, headers: { readonly [name: string]: string } = {}): Response =>
  Response.json(body, { headers: { 'cache-control': 'no-store', ...headers } })
