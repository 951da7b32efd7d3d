import { canonicalJson, partKinds, PointsmanError, type SnapshotManifest } from '@pointsman/contract'
import { snapshotOfParts } from '@pointsman/core'
import { z } from 'zod'
import { base64 } from '../base64.ts'
import type { ControlHouse } from '../house.ts'
import { endpoint, type Endpoint } from '../http/endpoint.ts'
import type { Published } from '../publishing/published.ts'

const hash = z.string().regex(/^[0-9a-f]{64}$/, 'should be 64 hexadecimal digits')

const signedManifest = z.object({
  revision: z.number(),
  statement: z.string().describe('The manifest as JSON; this text is signed, UTF-8.'),
  signature: z.string().describe('Ed25519, base64.'),
  publicKey: z
    .string()
    .describe('Base64 of the raw 32 bytes. Readers compare it with the one that they were given.'),
})

const part = z.object({
  kind: z.enum(partKinds),
  entries: z.array(z.looseObject({})),
})

const encoder = new TextEncoder()

/**
 * What is in force, for data planes that run without a registry: a signed manifest, and content-addressed parts, which need no
 * signature of their own. Keys are left out: nobody authenticates by what is read here.
 */
export const snapshotEndpoints = (house: ControlHouse): readonly Endpoint[] => {
  let signed: { readonly of: Published; readonly answer: z.input<typeof signedManifest> } | null = null
  return [
    endpoint({
      operation: 'snapshot.show',
      method: 'GET',
      path: '/snapshot',
      summary: 'The snapshot in force, as a signed manifest of its parts. Gateway keys are not among them.',
      answer: signedManifest,
      errors: ['not_ready'],
      revalidates: true,
      handle: async () => {
        const published = house.publishing.holder.required()
        // Many agents ask each second, and it changes with a revision.
        if (signed?.of !== published) signed = { of: published, answer: signManifest(published, house) }
        return { data: signed.answer, revision: signed.answer.revision }
      },
    }),
    endpoint({
      operation: 'snapshot.part',
      method: 'GET',
      path: '/snapshot/parts/{hash}',
      summary: 'One part: the SHA-256 of its canonical JSON is its name.',
      pathParameters: z.strictObject({ hash }),
      answer: part,
      errors: ['not_found'],
      handle: async ({ path }) => {
        const [found] = await house.publishing.holder.source.parts([path.hash])
        if (found !== undefined && found.kind !== 'keys') {
          const { kind, entries } = found
          return { data: { kind, entries: entries.map((entry) => ({ ...entry })) } }
        }
        throw new PointsmanError(
          'not_found',
          `No part ${path.hash} is stored: a newer revision took its place. Read GET /api/v1/snapshot again.`,
          { field: 'hash' },
        )
      },
    }),
  ]
}

function signManifest(
  { snapshot }: Published,
  { digests, snapshotSigner }: Pick<ControlHouse, 'digests' | 'snapshotSigner'>,
): z.input<typeof signedManifest> {
  const manifest = withoutKeys(snapshot.manifest, snapshot.parts, digests)
  const statement = canonicalJson(manifest)
  const signature = snapshotSigner.sign(encoder.encode(statement))
  return {
    revision: manifest.revision.number,
    statement,
    signature: base64(signature),
    publicKey: snapshotSigner.publicKey,
  }
}

function withoutKeys(
  { createdAtMs, parts: references, revision }: SnapshotManifest,
  parts: Published['snapshot']['parts'],
  digests: ControlHouse['digests'],
): SnapshotManifest {
  const shown = references.flatMap((reference, index) => {
    const own = parts[index]
    return own === undefined || reference.kind === 'keys' ? [] : [{ reference, part: own }]
  })
  return snapshotOfParts(shown, {
    revision,
    createdAtMs,
    sha256Hex: (text) => digests.sha256Hex(text),
  }).manifest
}
