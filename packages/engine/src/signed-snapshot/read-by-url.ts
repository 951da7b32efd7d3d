import {
  failureWords,
  PointsmanError,
  type Digests,
  type SnapshotManifest,
  type SnapshotPart,
} from '@pointsman/contract'
import { isPart } from '@pointsman/core'
import { readVendorJson } from '@pointsman/wire'
import type { Fetch } from '../transport/fetch.ts'
import { readSignedManifest, untrusted } from './signed-manifest.ts'

/** Where a server's snapshot is read. */
export interface SnapshotUrl {
  /** Of the server, such as `https://pointsman.example.com`. */
  readonly url: string
  /** A key with scope `read`. */
  readonly key: string
  /** The server's own, base64 of 32 bytes: what is signed by another key is not taken. */
  readonly publicKey: string
}

export interface UrlSourceParts extends SnapshotUrl {
  readonly digests: Digests
  readonly fetch: Fetch
}

/** A manifest that is signed by the server, and its parts. */
export interface SignedSnapshotReader {
  /** The newest; the very object of before while nothing has changed. Rejects with PointsmanError. */
  manifest(): Promise<SnapshotManifest>
  /** A part that is what its hash says. Rejects with PointsmanError. */
  part(hash: string): Promise<SnapshotPart>
}

const callTimeoutMs = 8_000
/** A registry of 100,000 entries has a manifest of some 100 KB, and parts of 1 MB at the most. */
const maxAnswerBytes = 32 * 1_048_576

/** Reads what `GET /api/v1/snapshot` serves. A holder of mutable state: the last manifest with its tag. */
export function createUrlReader(parts: UrlSourceParts): SignedSnapshotReader {
  let last: { readonly etag: string; readonly manifest: SnapshotManifest } | null = null
  const sha256Hex = (text: string): string => parts.digests.sha256Hex(text)
  return {
    async manifest() {
      const known = last
      const headers: Record<string, string> = known === null ? {} : { 'if-none-match': known.etag }
      const response = await ask('', headers, parts)
      if (response.status === 304 && known !== null) return known.manifest
      const answer = await readAnswer(response)
      const manifest = await readSignedManifest(answer, parts.publicKey)
      last = { etag: response.headers.get('etag') ?? '', manifest }
      return manifest
    },
    async part(hash) {
      const answer = await readAnswer(await ask(`/parts/${hash}`, {}, parts))
      // What it holds is what was signed: its hash stands in the manifest.
      const part = answer as unknown as SnapshotPart
      if (isPart(part, hash, sha256Hex)) return part
      throw untrusted(`the part ${hash} is not what its hash says`)
    },
  }
}

async function ask(
  path: string,
  headers: Readonly<Record<string, string>>,
  { fetch, key, url }: UrlSourceParts,
): Promise<Response> {
  const base = url.replace(/\/+$/, '')
  try {
    return await fetch(`${base}/api/v1/snapshot${path}`, {
      headers: { ...headers, authorization: `Bearer ${key}` },
      redirect: 'error',
      signal: AbortSignal.timeout(callTimeoutMs),
    })
  } catch (thrown) {
    throw new PointsmanError(
      'registry_unavailable',
      `The server at ${base} does not answer (${failureWords(thrown)})`,
      { cause: thrown },
    )
  }
}

type Answer = ReturnType<typeof readVendorJson>

async function readAnswer(response: Response): Promise<Answer> {
  const bytes = await readBounded(response)
  if (response.status === 200) return readVendorJson(bytes, 'The snapshot')
  const hint = hints[response.status] ?? 'See its log.'
  throw new PointsmanError(
    'registry_unavailable',
    `The server's snapshot could not be read: it answered ${response.status}. ${hint}`,
  )
}

/** Counted as it comes: whatever answers there must not fill our memory. */
async function readBounded({ body }: Response): Promise<Uint8Array> {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let size = 0
  // Leaving the loop early cancels the rest.
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array<ArrayBuffer>>) {
    size += chunk.byteLength
    if (size > maxAnswerBytes) throw untrusted(`it answered more than ${maxAnswerBytes} bytes`)
    chunks.push(chunk)
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer())
}

const hints: { readonly [status: number]: string } = {
  401: 'The key is not one of its keys.',
  403: 'The key needs the scope "read".',
  404: 'Either this is no Pointsman, or a newer revision took the place of what was asked for.',
}
