import type { Credential } from '@pointsman/contract'
import { systemClock } from '../../serve/clock.ts'
import { nodeDigests } from '../../serve/digests.ts'

export interface QuotaQuestion {
  readonly credential: Credential & { readonly kind: 'aws' }
  readonly region: string
  readonly baseUrl: string | null
}

const withinMs = 8_000
const service = 'servicequotas'

/** A page of Service Quotas' ListServiceQuotas of Bedrock, signed (Signature Version 4). */
export function quotaPage(
  { baseUrl, credential, region }: QuotaQuestion,
  nextToken: string | null,
): Promise<Response> {
  const address = new URL(baseUrl ?? `https://${service}.${region}.amazonaws.com/`)
  const body = JSON.stringify({
    ...{ ServiceCode: 'bedrock', MaxResults: 100 },
    ...(nextToken === null ? {} : { NextToken: nextToken }),
  })
  const stamp = new Date(systemClock.nowMs()).toISOString().replace(/[-:]|\.\d{3}/g, '')
  // In the order of their names, as a signature wants them.
  const headers: { readonly [name: string]: string } = {
    'content-type': 'application/x-amz-json-1.1',
    host: address.host,
    'x-amz-date': stamp,
    ...(credential.sessionToken === null ? {} : { 'x-amz-security-token': credential.sessionToken }),
    'x-amz-target': 'ServiceQuotasV20190624.ListServiceQuotas',
  }
  const { host: _, ...sent } = headers
  return fetch(address, {
    method: 'POST',
    headers: {
      ...sent,
      authorization: signature(headers, body, { credential, region, stamp, path: address.pathname }),
    },
    body,
    redirect: 'error',
    signal: AbortSignal.timeout(withinMs),
  })
}

interface Signing {
  readonly credential: QuotaQuestion['credential']
  readonly region: string
  readonly stamp: string
  readonly path: string
}

function signature(
  headers: { readonly [name: string]: string },
  body: string,
  { credential, path, region, stamp }: Signing,
): string {
  const names = Object.keys(headers).join(';')
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`)
  const canonical = [
    'POST',
    path,
    '',
    lines.join(''),
    names,
    nodeDigests.sha256Hex(new TextEncoder().encode(body)),
  ].join('\n')
  const day = stamp.slice(0, 8)
  const scope = `${day}/${region}/${service}/aws4_request`
  const text = ['AWS4-HMAC-SHA256', stamp, scope, nodeDigests.sha256Hex(canonical)].join('\n')
  const key = [day, region, service, 'aws4_request'].reduce<Uint8Array | string>(
    (previous, step) => nodeDigests.hmacSha256(previous, step),
    `AWS4${credential.secretAccessKey}`,
  )
  return `AWS4-HMAC-SHA256 Credential=${credential.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${nodeDigests.hmacSha256Hex(key, text)}`
}
