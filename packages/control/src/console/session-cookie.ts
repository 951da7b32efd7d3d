const name = 'pointsman_session'
/** Only what is below it is ever sent the cookie. */
const path = '/console'

/** The session's token that a request carries; null = none. */
export function readSessionCookie(headers: Headers): string | null {
  for (const part of (headers.get('cookie') ?? '').split(';')) {
    const [found, ...value] = part.trim().split('=')
    if (found === name) return value.join('=')
  }
  return null
}

/**
 * Of scripts out of reach, and sent with requests of the console's own pages alone. `Secure` where the browser itself came
 * by HTTPS, which its Origin tells: this server may stand behind a proxy that ends TLS.
 */
export function sessionCookie(token: string, maxAgeSeconds: number, asked: Headers): string {
  const secure = asked.get('origin')?.startsWith('https:') === true ? '; Secure' : ''
  return `${name}=${token}; Path=${path}; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict${secure}`
}
