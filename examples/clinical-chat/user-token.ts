import { createHash, createHmac } from 'node:crypto'

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A signed-in user's token, as Supabase signs it: whoever has it chats, and hears of switches, as this user and nobody else. */
export function userToken(secret: string, userId: string, tokenSeconds: number): string {
  const issuedAt = Math.floor(Date.now() / 1_000)
  const claims = { sub: userId, role: 'authenticated', iat: issuedAt, exp: issuedAt + tokenSeconds }
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

/** Stands for a sign-in: the user of a browser's session. Its cookie cannot be told from it. */
export const userOfSession = (session: string): string =>
  `clinician-${createHash('sha256').update(session).digest('hex').slice(0, 12)}`
