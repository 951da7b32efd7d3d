import { createHash } from 'node:crypto'
import { failureWords, PointsmanError } from '@pointsman/contract'
import type { AwsIdentity } from '@pointsman/engine'
import { SignatureV4 } from '@smithy/signature-v4'
import { Sha256 } from '../serve/aws-sha256.ts'
import { readBounded, readBoundedBytes } from '../serve/read-bounded.ts'

export interface ObjectPlace {
  readonly bucket: string
  readonly object: string
  /** Null = Amazon's own. */
  readonly baseUrl: string | null
}

export interface BucketObject {
  readonly bytes: Uint8Array
  readonly etag: string
}

/** Null = it is what `knownEtag` says. Rejects with PointsmanError. */
export type ReadObject = (place: ObjectPlace, knownEtag: string | null) => Promise<BucketObject | null>

const withinMs = 8_000
/** 100,000 models, each with a price, take some 140 MB. */
const mostBytes = 256 * 1_048_576
const mostBytesOfRefusal = 65_536

/** One signed GET of S3: its whole client would be most of the package. */
export const objectReader =
  (region: string, identity: () => Promise<AwsIdentity>): ReadObject =>
  async (place, knownEtag) => {
    const url = urlOf(place, region)
    const headers = await signed(url, { region, identity: await identity(), knownEtag })
    const failed = (cause: unknown): never => {
      throw refused(place, failureWords(cause), cause)
    }
    const answer = await fetch(url, {
      headers,
      redirect: 'error',
      signal: AbortSignal.timeout(withinMs),
    }).catch(failed)
    if (answer.status === 304 && knownEtag !== null) return null
    if (answer.status === 200)
      return {
        bytes: await readBoundedBytes(answer, url.host, mostBytes).catch(failed),
        etag: answer.headers.get('etag') ?? '',
      }
    throw refused(
      place,
      `S3 answered ${answer.status}${await codeIn(answer, url.host)}.${mends[answer.status] ?? ''}`,
    )
  }

/** Its own word for what is wrong: a 403 may be a right that lacks, a key that has ended, or a signature. */
async function codeIn(answer: Response, host: string): Promise<string> {
  const text = await readBounded(answer, host, mostBytesOfRefusal).catch(() => '')
  const [, code] = /<Code>(\w{1,60})<\/Code>/.exec(text) ?? []
  return code === undefined ? '' : ` ${code}`
}

const mends: { readonly [status: number]: string } = {
  301: ' The bucket is in another region: set AWS_REGION, or use one in the function’s own.',
  403: ' Allow s3:GetObject on it to the function’s role. To a role without s3:ListBucket S3 says the same of an object that is not there.',
  404: ' Save a snapshot there: "pointsman snapshot save | aws s3 cp - …".',
}

/** S3 writes the path anew before it signs: a mark that it encodes and we do not is another signature. */
const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)

/** A bucket with dots in its name has no certificate of its own, so that its name goes into the path. */
function urlOf({ baseUrl, bucket, object }: ObjectPlace, region: string): URL {
  const path = object.split('/').map(encoded).join('/')
  if (baseUrl !== null) return new URL(`${baseUrl.replace(/\/+$/, '')}/${bucket}/${path}`)
  return bucket.includes('.')
    ? new URL(`https://s3.${region}.amazonaws.com/${bucket}/${path}`)
    : new URL(`https://${bucket}.s3.${region}.amazonaws.com/${path}`)
}

async function signed(
  url: URL,
  {
    identity,
    knownEtag,
    region,
  }: { readonly region: string; readonly identity: AwsIdentity; readonly knownEtag: string | null },
): Promise<Record<string, string>> {
  const signer = new SignatureV4({
    ...{ service: 's3', region, sha256: Sha256 },
    credentials: credentialsOf(identity),
    // S3 signs a path as it is sent; all other services encode it once more.
    uriEscapePath: false,
  })
  const { headers } = await signer.sign({
    ...{ method: 'GET', protocol: url.protocol, hostname: url.hostname, path: url.pathname },
    headers: {
      host: url.host,
      'x-amz-content-sha256': createHash('sha256').digest('hex'),
      ...(knownEtag === null ? {} : { 'if-none-match': knownEtag }),
    },
  })
  return headers
}

const credentialsOf = ({ accessKeyId, secretAccessKey, sessionToken }: AwsIdentity) => ({
  ...{ accessKeyId, secretAccessKey },
  ...(sessionToken === undefined ? {} : { sessionToken }),
})

const refused = ({ bucket, object }: ObjectPlace, why: string, cause?: unknown): PointsmanError =>
  new PointsmanError(
    'registry_unavailable',
    `The snapshot s3://${bucket}/${object} could not be read: ${why}`,
    { cause },
  )
