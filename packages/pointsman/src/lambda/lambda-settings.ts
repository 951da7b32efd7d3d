import { PointsmanError } from '@pointsman/contract'

/** Where the snapshot is read. */
export type SnapshotPlace =
  | { readonly kind: 'server'; readonly url: string; readonly key: string }
  | { readonly kind: 's3'; readonly bucket: string; readonly object: string; readonly baseUrl: string | null }
  | { readonly kind: 'file'; readonly path: string }

export interface LambdaSettings {
  readonly snapshot: SnapshotPlace
  /** Base64 of 32 bytes: what another key signed is not taken. */
  readonly snapshotPublicKey: string
  /** Where records are told; null = they are written to the log, and nowhere else. */
  readonly server: { readonly url: string; readonly key: string } | null
}

type Value = (name: string) => string | null

const usualFile = 'snapshot.json'

/** What a function says beside the settings of every data plane. Throws PointsmanError naming what is missing or wrong. */
export function readLambdaSettings(value: Value, packageFolder: string): LambdaSettings {
  const server = serverFrom(value)
  const snapshot = placeFrom(value('POINTSMAN_SNAPSHOT'), { server, value, packageFolder })
  const snapshotPublicKey = value('POINTSMAN_SNAPSHOT_PUBLIC_KEY')
  if (snapshotPublicKey === null)
    throw wrong('POINTSMAN_SNAPSHOT_PUBLIC_KEY is not set: "pointsman snapshot save --public-key" tells it.')
  return { snapshot, snapshotPublicKey, server }
}

function serverFrom(value: Value): LambdaSettings['server'] {
  const url = value('POINTSMAN_URL')
  if (url === null) return null
  if (!URL.canParse(url)) throw wrong('POINTSMAN_URL is not a URL.')
  const key = value('POINTSMAN_SERVER_KEY')
  if (key === null)
    throw wrong(
      'POINTSMAN_SERVER_KEY is not set: a key with the scopes "read" and "admin" of the server that POINTSMAN_URL names: by the first the snapshot is read, by the second records are told.',
    )
  return { url: url.replace(/\/+$/, ''), key }
}

const inBucket = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(.+)$/

function placeFrom(
  given: string | null,
  {
    packageFolder,
    server,
    value,
  }: {
    readonly server: LambdaSettings['server']
    readonly value: Value
    readonly packageFolder: string
  },
): SnapshotPlace {
  if (given === null || given === 'server') {
    if (server !== null) return { kind: 'server', ...server }
    if (given === 'server') throw wrong('POINTSMAN_SNAPSHOT is "server", and POINTSMAN_URL is not set.')
    return { kind: 'file', path: `${packageFolder}/${usualFile}` }
  }
  const found = inBucket.exec(given)
  if (found !== null)
    return {
      ...{ kind: 's3', bucket: found[1] ?? '', object: found[2] ?? '' },
      baseUrl: value('AWS_ENDPOINT_URL_S3'),
    }
  if (/^[a-z0-9]+:/i.test(given))
    throw wrong(
      `POINTSMAN_SNAPSHOT is "${given}"; it takes "server" (with POINTSMAN_URL), s3://bucket/object, or a file of the package.`,
    )
  return { kind: 'file', path: given.startsWith('/') ? given : `${packageFolder}/${given}` }
}

const wrong = (message: string): PointsmanError => new PointsmanError('invalid_request', message)
