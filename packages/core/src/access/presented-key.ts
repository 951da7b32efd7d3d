const bearer = /^bearer\s+(\S.*)$/i

/** Three parts of base64url: what is shaped otherwise is no token, and needs no cryptography to tell. */
const tokenShape = /^[\w-]+\.[\w-]+\.[\w-]+$/

/** Whether this may be a signed-in user's token (JWT). No key that is made here has this shape. */
export const isTokenShaped = (key: string): boolean => tokenShape.test(key)

/**
 * The key as it was presented, wherever a client's SDK puts it; null = none. `header` gives a header's first value by its
 * name in lower case. A header that is there but empty carries no key: some SDKs send theirs so beside the one they use.
 */
export function presentedKey(header: (name: string) => string | null | undefined): string | null {
  const token = bearerToken(header('authorization') ?? '')
  if (token !== null) return token
  for (const name of ['x-api-key', 'api-key', 'x-goog-api-key']) {
    const key = header(name)?.trim() ?? ''
    if (key !== '') return key
  }
  return null
}

const usual = 'Bearer '

function bearerToken(authorization: string): string | null {
  const text = authorization.trim()
  const first = text.charCodeAt(usual.length)
  // As every SDK writes it: it need not be taken apart.
  if (text.startsWith(usual) && first > 0x20 && first < 0x7f) return text.slice(usual.length)
  return bearer.exec(text)?.[1] ?? null
}
