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
  const token = bearer.exec(header('authorization')?.trim() ?? '')?.[1]
  if (token !== undefined) return token
  for (const name of ['x-api-key', 'api-key', 'x-goog-api-key']) {
    const key = header(name)?.trim() ?? ''
    if (key !== '') return key
  }
  return null
}
