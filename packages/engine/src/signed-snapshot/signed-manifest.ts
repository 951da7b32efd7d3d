import { PointsmanError, type SnapshotManifest } from '@pointsman/contract'
import { readVendorJson } from '@pointsman/wire'

/** What a server signed, before anything of it is believed. */
export interface SignedStatement {
  readonly statement?: unknown
  readonly signature?: unknown
}

export const untrusted = (why: string): PointsmanError =>
  new PointsmanError('revision_rejected', `The server's snapshot is not taken: ${why}.`)

/** The key first, so that nothing is believed of what another one signed. Rejects with PointsmanError. */
export async function readSignedManifest(
  { signature, statement }: SignedStatement,
  publicKey: string,
): Promise<SnapshotManifest> {
  if (typeof statement !== 'string' || typeof signature !== 'string')
    throw untrusted('the answer has no statement with a signature')
  const algorithm = { name: 'Ed25519' }
  const key = await crypto.subtle.importKey('raw', keyBytes(publicKey), algorithm, false, ['verify'])
  const bytes = new TextEncoder().encode(statement)
  if (!(await crypto.subtle.verify(algorithm, key, bytesOf(signature), bytes)))
    throw untrusted(
      'it is not signed by the key that was given as publicKey. If the server has a new master key, give the new publicKey',
    )
  // Signed, so that it is what the server wrote; each part is held to its hash, and all of it is compiled.
  return readVendorJson(bytes, 'The manifest') as unknown as SnapshotManifest
}

function keyBytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes = bytesOf(text)
  if (bytes.byteLength === 32) return bytes
  throw new PointsmanError(
    'invalid_request',
    'publicKey should be the base64 of 32 bytes, as GET /api/v1/snapshot of the server has it.',
  )
}

/** None where the text is no base64. */
const bytesOf = (text: string): Uint8Array<ArrayBuffer> =>
  /^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)
    ? Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
    : new Uint8Array()
