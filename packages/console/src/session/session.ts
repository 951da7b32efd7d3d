import { createClient, PointsmanApiError, type Client } from '@pointsman/sdk'
import type { KeyScope } from '@pointsman/contract'

/** Whom people sign in with beside a key. */
export interface Oidc {
  readonly name: string
  /** Where the browser goes to sign in. */
  readonly url: string
}

/** Why the server sent the browser back with nobody signed in. */
export const signInProblems = [
  'unreachable',
  'denied',
  'refused',
  'untrusted',
  'no-rights',
  'expired',
  'failed',
] as const
export type SignInProblem = (typeof signInProblems)[number]

/** Who is signed in, and where. */
export interface Session {
  readonly kind: 'service' | 'key' | 'user'
  readonly id: string
  readonly name: string
  readonly scopes: readonly KeyScope[]
  readonly workspace: string
  /** `dev`, `staging`, `prod`. */
  readonly environment: string
  readonly region: string
  readonly expiresAt: string
}

/** Everything is asked below the console's own path: the cookie is sent nowhere else. */
const base = (): string => `${location.origin}/console`
const sessionPath = (): string => `${base()}/api/session`
/** That the page itself asks: no other site can have a browser send it. */
const ownPage = { 'x-pointsman-console': '1' }

/** The control API by the session's cookie. */
export const consoleClient = (): Client => createClient({ url: base(), key: null, headers: ownPage })

export interface Entry {
  /** Null = nobody is signed in. */
  readonly session: Session | null
  /** Null = people sign in with a key. */
  readonly oidc: Oidc | null
}

/** Rejects with PointsmanApiError where the server cannot be asked. */
export const readEntry = (): Promise<Entry> => ask('GET', sessionPath())

/** Whether the browser still holds this session: another tab may have signed somebody else in, or out. */
export async function isStill({ id, kind }: Session): Promise<boolean> {
  const { session } = await readEntry()
  const same = session?.id === id && session.kind === kind
  // What the page calls models with stands for whoever was signed in before.
  if (!same) held = null
  return same
}

export async function signIn(key: string): Promise<Session> {
  const session = await ask<Session>('POST', sessionPath(), { key })
  // The page was not loaded anew: what it calls models with stands for whoever was signed in before.
  held = null
  return session
}

/** Where the browser goes to sign out of the issuer, too; null = it is done. */
export async function signOut(): Promise<string | null> {
  held = null
  const { signOutUrl } = await ask<{ readonly signOutUrl: string | null }>('DELETE', sessionPath())
  return signOutUrl
}

/** Goes to the issuer, and comes back to the page that is open now. */
export function goToSignIn({ url }: Oidc): void {
  const page = location.pathname.replace(/^\/console/, '') + location.search
  location.assign(`${url}?${new URLSearchParams({ page }).toString()}`)
}

/** What the server said in the address when it sent the browser back; taken out of it, so that a reload does not say it again. */
export function takeSignInProblem(): SignInProblem | null {
  const url = new URL(location.href)
  const said = url.searchParams.get('sign-in')
  if (said === null) return null
  url.searchParams.delete('sign-in')
  history.replaceState(history.state, '', url)
  return signInProblems.find((problem) => problem === said) ?? null
}

interface Ticket {
  readonly ticket: string
  readonly expiresAt: string
}

let held: { readonly client: Client; readonly untilMs: number } | null = null

/**
 * The data plane, for what the session's key may call. By a ticket of five minutes that lives in this page's memory only, made
 * anew a minute before its end: models are not served by cookie.
 */
export async function modelClient(): Promise<Client> {
  if (held !== null && held.untilMs - 60_000 > Date.now()) return held.client
  const { ticket, expiresAt } = await ask<Ticket>('POST', `${sessionPath()}/ticket`)
  held = {
    client: createClient({ url: location.origin, key: ticket }),
    untilMs: Date.parse(expiresAt),
  }
  return held.client
}

/** What the SDK's own connection does, for the paths that only this page knows. */
async function ask<Answer>(method: string, url: string, body?: unknown): Promise<Answer> {
  let response: Response
  try {
    response = await fetch(url, {
      method,
      headers: { ...ownPage, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  } catch (cause) {
    const message = 'The server does not answer.'
    throw new PointsmanApiError(message, { statusCode: 0, code: 'unreachable', cause })
  }
  const answer = (await response.json().catch(() => null)) as
    (Answer & { readonly error?: { readonly code: string; readonly message: string } }) | null
  if (response.ok && answer !== null) return answer
  const { code = 'not_json', message = `The server answered ${response.status}.` } = answer?.error ?? {}
  throw new PointsmanApiError(message, { statusCode: response.status, code })
}
