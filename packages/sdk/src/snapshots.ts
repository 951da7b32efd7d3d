import type { CallOptions, Connection } from './connection.ts'

/** What is in force, signed by the server; gateway keys are not in it. */
export interface SignedSnapshot {
  readonly revision: number
  /** The manifest as JSON: this text is what was signed. */
  readonly statement: string
  /** Ed25519, base64. */
  readonly signature: string
  /** Base64 of 32 bytes. */
  readonly publicKey: string
}

export interface SnapshotPartJson {
  readonly kind: string
  readonly entries: readonly unknown[]
}

/** A snapshot whole, as data planes without a server read it from a file or a bucket: the parts stand in the manifest's order. */
export interface SavedSnapshot extends SignedSnapshot {
  readonly parts: readonly SnapshotPartJson[]
}

export interface Snapshots {
  show(options?: CallOptions): Promise<SignedSnapshot>
  part(hash: string, options?: CallOptions): Promise<SnapshotPartJson>
  /** Manifest and parts of one revision. Read again, up to three times, where a newer one comes in between. */
  save(options?: CallOptions): Promise<SavedSnapshot>
}

const tries = 3

export function snapshotsOf(connection: Connection): Snapshots {
  const show = (options?: CallOptions): Promise<SignedSnapshot> =>
    connection.json('GET', '/api/v1/snapshot', { ...options })
  const part = (hash: string, options?: CallOptions): Promise<SnapshotPartJson> =>
    connection.json('GET', `/api/v1/snapshot/parts/${encodeURIComponent(hash)}`, { ...options })
  const whole = async (options?: CallOptions): Promise<SavedSnapshot> => {
    const signed = await show(options)
    const parts: SnapshotPartJson[] = []
    // One after the other: whoever saves has time, and the server's callers have not.
    for (const hash of hashesIn(signed.statement)) parts.push(await part(hash, options))
    return { ...signed, parts }
  }
  return {
    show,
    part,
    async save(options) {
      for (let left = tries - 1; left > 0; left -= 1) {
        try {
          return await whole(options)
        } catch (error) {
          if (!isGone(error)) throw error
        }
      }
      return whole(options)
    },
  }
}

/** The part was of a revision that is no longer in force. */
const isGone = (error: unknown): boolean =>
  error instanceof Error && 'statusCode' in error && error.statusCode === 404

function hashesIn(statement: string): readonly string[] {
  const { parts } = JSON.parse(statement) as { readonly parts: readonly { readonly hash: string }[] }
  return parts.map(({ hash }) => hash)
}
