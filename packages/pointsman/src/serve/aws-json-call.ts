import type { AwsIdentity } from '@pointsman/engine'
import { SignatureV4 } from '@smithy/signature-v4'
import { Sha256 } from './aws-sha256.ts'
import { readBounded } from './read-bounded.ts'

/** One call of an AWS service that speaks JSON to one address, for which its whole client would be forty packages too many. */
export interface AwsJsonCall {
  /** As signatures name it: `secretsmanager`. */
  readonly service: string
  readonly region: string
  /** Null = the service's public address. */
  readonly baseUrl: string | null
  /** `secretsmanager.GetSecretValue` */
  readonly target: string
  readonly version: '1.0' | '1.1'
  readonly body: object
  readonly withinMs: number
}

export interface AwsJsonAnswer {
  readonly status: number
  readonly text: string
  /** Its `x-amzn-errortype`. */
  readonly errorType: string | null
}

/** The host that is called. */
export const hostOf = (call: Pick<AwsJsonCall, 'baseUrl' | 'region' | 'service'>): string =>
  addressOf(call).host

/**
 * A page of a scan holds 1 MB by DynamoDB's count, which knows nothing of JSON's marks: of small numbers and truths some ten
 * times as much comes. A secret has 64 KB. (AWS's documentation, 2026-11)
 */
const mostBytes = 16 * 1_048_576

/** Signed and sent once. Throws where no answer came, or one longer than any. */
export async function callAwsJson(call: AwsJsonCall, identity: AwsIdentity): Promise<AwsJsonAnswer> {
  const { body, headers, url } = await signed(call, identity)
  const answer = await fetch(url, {
    ...{ method: 'POST', headers, body },
    // A redirect would take the signature along.
    redirect: 'error',
    signal: AbortSignal.timeout(call.withinMs),
  })
  return {
    status: answer.status,
    text: await readBounded(answer, hostOf(call), mostBytes),
    errorType: answer.headers.get('x-amzn-errortype'),
  }
}

async function signed(call: AwsJsonCall, { accessKeyId, secretAccessKey, sessionToken }: AwsIdentity) {
  const { region, service, target, version } = call
  const url = addressOf(call)
  const body = JSON.stringify(call.body)
  const signer = new SignatureV4({
    ...{ service, region, sha256: Sha256 },
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
  })
  const { headers } = await signer.sign({
    ...{ method: 'POST', protocol: url.protocol, hostname: url.hostname, path: url.pathname, body },
    headers: {
      host: url.host,
      'content-type': `application/x-amz-json-${version}`,
      'x-amz-target': target,
    },
  })
  return { url: url.href, body, headers }
}

const addressOf = ({ baseUrl, region, service }: Pick<AwsJsonCall, 'baseUrl' | 'region' | 'service'>): URL =>
  new URL(baseUrl ?? `https://${service}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}/`)
