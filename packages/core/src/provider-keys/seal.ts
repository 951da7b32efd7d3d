import {
  canonicalJson,
  PointsmanError,
  type KeptCredential,
  type ProviderKeyFacts,
  type SealedKey,
  type SealedParts,
} from '@pointsman/contract'

/** Authenticated encryption (AES-256-GCM), handed in. Sealed bytes are Base64 of nonce, ciphertext and tag. */
export interface SealingCipher {
  randomBytes(count: number): Uint8Array
  /** Under a nonce of its own. `bound` is not hidden, and nothing opens under another one. */
  seal(key: Uint8Array, plain: Uint8Array, bound: string): string
  /** Null = altered, bound to something else, or sealed under another key. */
  open(key: Uint8Array, sealed: string, bound: string): Uint8Array | null
}

/** What wraps the keys of keys: derived from the master key, the same on all of its hosts. */
export interface WrappingKey {
  /** Tells nothing about it. */
  readonly id: string
  readonly bytes: Uint8Array
}

export interface Sealing {
  readonly cipher: SealingCipher
  readonly wrappingKey: WrappingKey
}

const dataKeyBytes = 32

/** Under a data key that seals nothing else; both are bound to what the key is told to be. */
export function sealKey(
  credential: KeptCredential,
  facts: ProviderKeyFacts,
  { cipher, wrappingKey }: Sealing,
): SealedParts {
  const dataKey = cipher.randomBytes(dataKeyBytes)
  return {
    wrappingKey: wrappingKey.id,
    wrappedKey: cipher.seal(wrappingKey.bytes, dataKey, bound('data-key', facts)),
    sealed: cipher.seal(dataKey, written(credential), bound('credential', facts)),
  }
}

/** Throws PointsmanError `credentials_missing` that says why it cannot be read and how to mend it; never a part of it. */
export function openKey(key: SealedKey, { cipher, wrappingKey }: Sealing): KeptCredential {
  if (key.wrappingKey !== wrappingKey.id) throw unreadable(key, 'was stored under another master key')
  const dataKey = cipher.open(wrappingKey.bytes, key.wrappedKey, bound('data-key', key))
  const plain = dataKey === null ? null : cipher.open(dataKey, key.sealed, bound('credential', key))
  const credential = plain === null ? null : read(key.kind, plain)
  if (credential === null) throw unreadable(key, 'was altered since it was stored')
  return credential
}

function unreadable({ provider, source }: SealedKey, why: string): PointsmanError {
  const mend =
    source === 'registry'
      ? `Store it again (pointsman providers set-key ${provider}), or take it away (pointsman providers remove-key ${provider})`
      : 'It is read again from Secrets Manager within a minute'
  return new PointsmanError(
    'credentials_missing',
    `The key of provider ${provider} ${why} and cannot be read. ${mend}.`,
  )
}

const bound = (
  what: string,
  { expiresAtMs, id, kind, lastFour, provider, source, version }: ProviderKeyFacts,
): string =>
  `pointsman ${what} 1 ${canonicalJson({ expiresAtMs, id, kind, lastFour, provider, source, version })}`

/** No credential that a header may carry holds a line break. */
function written(credential: KeptCredential): Uint8Array {
  const fields =
    credential.kind === 'bearer'
      ? [credential.token]
      : [credential.accessKeyId, credential.secretAccessKey, credential.sessionToken ?? '']
  return new TextEncoder().encode(fields.join('\n'))
}

function read(kind: KeptCredential['kind'], plain: Uint8Array): KeptCredential | null {
  const [first = '', secretAccessKey, sessionToken] = new TextDecoder().decode(plain).split('\n')
  if (kind === 'bearer') return { kind, token: first }
  if (secretAccessKey === undefined) return null
  const token = sessionToken === undefined || sessionToken === '' ? null : sessionToken
  return { kind, accessKeyId: first, secretAccessKey, sessionToken: token }
}
