import { PointsmanError } from '@pointsman/contract'
import { endConsoleSession } from '@pointsman/registry'
import type { Hono } from 'hono'
import type { ControlHouse } from '../house.ts'
import { caught } from '../http/error-answer.ts'
import type { RefusalParts } from '../http/mount.ts'
import { oidcCallbackPath, oidcPath, type IssuerProblem, type Oidc, type Seal } from './console-ports.ts'
import { readCookie, sessionCookie, setCookie, signInCookie } from './cookies.ts'
import { openSignIn, sealSignIn, type BegunSignIn } from './session-token.ts'
import { randomHex, type Sessions } from './sessions.ts'

export interface OidcPaths extends RefusalParts {
  readonly oidc: Oidc
  readonly seal: Seal
  readonly sessions: Sessions
}

/**
 * What the page is told in its address: a word, for which it has the sentence. Nothing that the issuer or a link says ever
 * stands in a page.
 */
type SignInProblem = IssuerProblem | 'expired' | 'failed'

const home = '/console/'
/** To type a password, find a second factor, and be asked for consent. */
const signInMs = 10 * 60_000
const maxPageCharacters = 512

/**
 * The two ways of a browser: to the issuer, and back from it. Neither is asked by the page's own scripts, so the header of theirs
 * cannot be asked for; what is held in its place is a cookie that only the browser has which went there.
 */
export function mountOidc(app: Hono, house: ControlHouse, parts: OidcPaths): void {
  app.get(oidcPath, (context) =>
    navigating(parts, context.req.raw, (request) => begin(house, parts, request)),
  )
  app.get(oidcCallbackPath, (context) =>
    navigating(parts, context.req.raw, (request) => finish(house, parts, request)),
  )
}

async function begin({ clock, randomBytes }: ControlHouse, { oidc, seal }: OidcPaths, request: Request) {
  const secrets = {
    state: randomHex(randomBytes, 32),
    nonce: randomHex(randomBytes, 32),
    verifier: randomHex(randomBytes, 32),
  }
  const begun = await oidc.begin(secrets)
  if ('problem' in begun) return toProblem(begun.problem)
  const nowMs = clock.nowMs()
  const untilMs = nowMs + signInMs
  const page = pageOf(new URL(request.url).searchParams.get('page'))
  const value = sealSignIn(seal, { ...secrets, page, policy: oidc.policy, untilMs })
  const secure = isSecure(oidc)
  return redirect(begun.url, [setCookie(signInCookie, { value, untilMs, nowMs, secure })])
}

async function finish(house: ControlHouse, parts: OidcPaths, request: Request): Promise<Response> {
  const { oidc, sessions } = parts
  const nowMs = house.clock.nowMs()
  const answer = new URL(request.url).searchParams
  const begun = begunBy(request, parts, nowMs)
  // Not this browser's, or not this sign-in's: the one that is under way goes on.
  if (begun === null || answer.get('state') !== begun.state) return toProblem('expired')
  const secure = isSecure(oidc)
  const forget = setCookie(signInCookie, { value: '', untilMs: 0, nowMs, secure })
  const found = await oidc.finish(begun, answer)
  if ('problem' in found) return toProblem(found.problem, [forget])
  // Issuers take a code once; should one take it twice, who copied the way back gets no session of it.
  const isFirst = await endConsoleSession(house.database, {
    ...{ id: begun.state, untilMs: begun.untilMs, nowMs },
  })
  if (!isFirst) return toProblem('expired', [forget])
  const { session, token } = sessions.signInPerson(found.person, oidc)
  const signedIn = setCookie(sessionCookie, { value: token, untilMs: session.untilMs, nowMs, secure })
  return redirect(begun.page, [forget, signedIn])
}

function begunBy({ headers }: Request, { oidc, seal }: OidcPaths, nowMs: number): BegunSignIn | null {
  const token = readCookie(headers, signInCookie)
  const begun = token === null ? null : openSignIn(seal, token, nowMs)
  return begun?.policy === oidc.policy ? begun : null
}

const isSecure = ({ publicUrl }: Oidc): boolean => publicUrl.startsWith('https:')

/** A page of the console; whatever else was asked for, its first one. Endpoints are no pages: one could begin all this anew. */
export function pageOf(asked: string | null): string {
  if (asked === null || asked.length > maxPageCharacters || !asked.startsWith('/')) return home
  const own = 'http://console.invalid'
  const base = `${own}/console${asked}`
  if (!URL.canParse(base)) return home
  const { origin, pathname, search } = new URL(base)
  const isPage =
    origin === own && pathname.startsWith(home) && !/^\/console\/+(?:api|functions)\b/.test(pathname)
  return isPage ? `${pathname}${search}` : home
}

const toProblem = (problem: SignInProblem, cookies: readonly string[] = []): Response =>
  redirect(`${home}?sign-in=${problem}`, cookies)

/** The way back carries a code: it is kept nowhere, and told to no page. */
function redirect(location: string, cookies: readonly string[]): Response {
  const headers = new Headers({ location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
  for (const cookie of cookies) headers.append('set-cookie', cookie)
  return new Response(null, { status: 303, headers })
}

/** Somebody looks at it in a browser: a failure ends at a page, with its cause in the log. */
async function navigating(
  { log }: RefusalParts,
  request: Request,
  work: (request: Request) => Promise<Response>,
): Promise<Response> {
  try {
    requireNavigation(request)
    return await work(request)
  } catch (thrown) {
    caught(thrown, log, { operation: 'console.oidc' })
    return toProblem('failed')
  }
}

/** Not a picture or a frame of another site's page, which would begin a sign-in, and so end another, unseen. */
function requireNavigation({ headers, method }: Request): void {
  if (method === 'GET' && (headers.get('sec-fetch-dest') ?? 'document') === 'document') return
  throw new PointsmanError('forbidden', 'People sign in by going there, not by a request of a page.')
}
