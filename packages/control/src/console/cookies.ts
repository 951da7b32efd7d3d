interface Cookie {
  readonly name: string
  /** Only what is below it is ever sent the cookie. */
  readonly path: string
  readonly sameSite: 'Strict' | 'Lax'
}

/** Of whoever is signed in. */
export const sessionCookie: Cookie = { name: 'pointsman_session', path: '/console', sameSite: 'Strict' }
/** Of a sign-in under way. Lax: the issuer sends the browser back, which is a way from another site. */
export const signInCookie: Cookie = {
  name: 'pointsman_sign_in',
  path: '/console/api/session/oidc',
  sameSite: 'Lax',
}

/** What a request carries of it; null = none. */
export function readCookie(headers: Headers, { name }: Cookie): string | null {
  for (const part of (headers.get('cookie') ?? '').split(';')) {
    const [found, ...value] = part.trim().split('=')
    if (found === name) return value.join('=')
  }
  return null
}

export interface CookieValue {
  /** Empty = the browser forgets the cookie. */
  readonly value: string
  readonly untilMs: number
  readonly nowMs: number
  readonly secure: boolean
}

/** Of scripts out of reach. */
export function setCookie(cookie: Cookie, { nowMs, secure, untilMs, value }: CookieValue): string {
  const maxAgeSeconds = value === '' ? 0 : Math.floor((untilMs - nowMs) / 1_000)
  const { name, path, sameSite } = cookie
  return `${name}=${value}; Path=${path}; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=${sameSite}${secure ? '; Secure' : ''}`
}

/**
 * Whether the browser itself came by HTTPS, which the Origin of what its pages send tells: this server may stand behind a
 * proxy that ends TLS.
 */
export const cameByHttps = (asked: Headers): boolean => asked.get('origin')?.startsWith('https:') === true
