import type { Digests } from '@pointsman/contract'
import { base64 } from '../base64.ts'

/** One call of an operator's address. Rejects with why none could be made; redirects are never followed. */
export type PostWebhook = (
  url: string,
  headers: { readonly [name: string]: string },
  body: string,
) => Promise<{ readonly status: number }>

/** Checks an address before it is kept: null = it may be called, as far as can be told without calling it. */
export type WebhookProblem = (url: string) => string | null

export interface Webhooks {
  readonly post: PostWebhook
  readonly problem: WebhookProblem
  /** What a cost alarm's webhooks are signed with: 32 bytes, derived from the master key and its name. */
  readonly secretOf: (costAlarm: string) => Uint8Array
}

/** As libraries of Standard Webhooks take it. */
export const signingSecret = (secret: Uint8Array): string => `whsec_${base64(secret)}`

/** The headers of Standard Webhooks (standardwebhooks.com): who has the secret knows who sent it, and when. */
export function signedHeaders(
  { hmacSha256 }: Pick<Digests, 'hmacSha256'>,
  {
    body,
    id,
    nowMs,
    secret,
  }: { readonly id: string; readonly nowMs: number; readonly body: string; readonly secret: Uint8Array },
): { readonly [name: string]: string } {
  const seconds = Math.floor(nowMs / 1_000)
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': `v1,${base64(hmacSha256(secret, `${id}.${seconds}.${body}`))}`,
  }
}
