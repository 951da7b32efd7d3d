/**
 * Bedrock's short-term API keys (AWS: `@aws/bedrock-token-generator` 1.1.0, 2026-11): a prefix and the Base64 of a presigned
 * request, whose query tells when it was signed and for how long. Long-term ones (`ABSK…`) tell nothing.
 */
export const shortTermPrefix = 'bedrock-api-key-'

/** Null = the token says nothing of its end. One whose role's session ends before it ends then, which no token tells. */
export function bearerTokenEndsAtMs(token: string): number | null {
  if (!token.startsWith(shortTermPrefix)) return null
  const query = new URLSearchParams(decoded(token.slice(shortTermPrefix.length)).split('?')[1] ?? '')
  const signedAt = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(query.get('X-Amz-Date') ?? '')
  const seconds = query.get('X-Amz-Expires') ?? ''
  if (signedAt === null || !/^\d{1,6}$/.test(seconds)) return null
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = signedAt.slice(1).map(Number)
  return Date.UTC(year, month - 1, day, hour, minute, second) + Number(seconds) * 1_000
}

function decoded(base64: string): string {
  try {
    return atob(base64)
  } catch {
    // `atob` throws a DOMException on anything that is not Base64: then it tells nothing.
    return ''
  }
}
