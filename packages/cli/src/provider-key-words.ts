import type { Behind, CredentialItem } from '@pointsman/sdk'
import { instant } from './format.ts'

/** `…Z9x8 from the registry (version 2)`, for people. */
export function credentialWords({ keyFrom, keyLastFour, keySource }: CredentialItem): string {
  if (keySource === null) return 'no key'
  const key = keyLastFour === null ? 'a key' : `…${keyLastFour}`
  return `${key} from ${sourceWords(keySource, keyFrom)}`
}

function sourceWords(source: NonNullable<CredentialItem['keySource']>, from: string | null): string {
  switch (source) {
    case 'registry':
      return `the registry${from === null ? '' : ` (${from})`}`
    case 'secrets-manager':
      return `Secrets Manager${from === null ? '' : ` (${from})`}`
    default:
      return from ?? source
  }
}

/** `2026-11-27 01:00 UTC`, or that there is no end. */
export const endWords = (expiresAt: string | null): string =>
  expiresAt === null ? '-' : `${instant(expiresAt).slice(0, 16)} UTC`

export const pendingWords = ({ pending, unheard }: Behind): string =>
  pending.length === 0
    ? `Every replica${unheard.length === 0 ? '' : ' that is heard of'} calls with it.`
    : `Not yet with it: ${pending.join(', ')}. They follow by themselves.`
