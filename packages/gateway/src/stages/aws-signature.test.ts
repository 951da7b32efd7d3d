import { createHash, createHmac, hash } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import { expect, test } from 'vitest'
import { checkAwsSignature, type SignedRequest } from './aws-signature.ts'

const digests = {
  sha256Hex: (data: Uint8Array | string) => hash('sha256', data, 'hex'),
  hmacSha256: (key: Uint8Array | string, data: string) => createHmac('sha256', key).update(data).digest(),
  hmacSha256Hex: (key: Uint8Array | string, data: string) =>
    createHmac('sha256', key).update(data).digest('hex'),
}
const now = new Date('2026-11-21T12:00:00Z')
const parts = { digests, nowMs: now.getTime(), secretOf: (id: string) => (id === 'PMAKID' ? 'secret' : null) }

class Sha256 {
  readonly #digest
  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    this.#digest = key === undefined ? createHash('sha256') : createHmac('sha256', key as Uint8Array)
  }
  update(data: Uint8Array | string): void {
    this.#digest.update(data)
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#digest.digest())
  }
  reset(): void {
    throw new Error('not used')
  }
}

/** Signed by AWS's own signer, as its SDK does it. */
async function signed(
  accessKeyId = 'PMAKID',
  secretAccessKey = 'secret',
  hostHeader = 'host',
  service = 'bedrock',
): Promise<SignedRequest> {
  const signer = new SignatureV4({
    service,
    region: 'eu-central-1',
    credentials: { accessKeyId, secretAccessKey },
    sha256: Sha256,
  })
  const body = '{"messages":[]}'
  const path = '/model/eu.amazon.nova-pro-v1%3A0/converse'
  const request = (await signer.sign(
    {
      method: 'POST',
      protocol: 'http:',
      hostname: '127.0.0.1',
      port: 7070,
      path,
      query: {},
      headers: { [hostHeader]: '127.0.0.1:7070', 'content-type': 'application/json' },
      body,
    } as never,
    { signingDate: now },
  )) as unknown as { headers: { [name: string]: string } }
  const rawHeaders = Object.entries(request.headers).flatMap(([name, value]) => [name, value])
  return {
    method: 'POST',
    path,
    query: '',
    rawHeaders,
    authorization: request.headers['authorization'] ?? '',
    body: Buffer.from(body),
  }
}

test("AWS's own signer is believed", async () => {
  expect(checkAwsSignature(await signed(), parts)).toBe('PMAKID')
})

test('so are clients of OpenAI and Anthropic that sign as for Bedrock’s newer endpoint', async () => {
  const mantle = await signed('PMAKID', 'secret', 'host', 'bedrock-mantle')
  expect(checkAwsSignature(mantle, parts)).toBe('PMAKID')
  expect(checkAwsSignature(await signed('PMAKID', 'wrong', 'host', 'bedrock-mantle'), parts)).toBeNull()
  expect(checkAwsSignature(await signed('PMAKID', 'secret', 'host', 's3'), parts)).toBeNull()
})

test('a request of HTTP/2 is believed, also where a proxy handed it on as one of HTTP/1.1', async () => {
  const direct = await signed('PMAKID', 'secret', ':authority')
  expect(direct.authorization).toContain('SignedHeaders=:authority;')
  expect(checkAwsSignature(direct, parts)).toBe('PMAKID')
  const handedOn = (host: string): SignedRequest => ({
    ...direct,
    rawHeaders: [
      'Host',
      host,
      ...direct.rawHeaders.filter((_, index, all) => all[index - (index % 2)] !== ':authority'),
    ],
  })
  expect(checkAwsSignature(handedOn('127.0.0.1:7070'), parts)).toBe('PMAKID')
  expect(checkAwsSignature(handedOn('elsewhere'), parts)).toBeNull()
})

test('another secret, another key, another body, another path, another time are not', async () => {
  const good = await signed()
  expect(checkAwsSignature(await signed('PMAKID', 'other'), parts)).toBeNull()
  expect(checkAwsSignature(await signed('OTHER'), parts)).toBeNull()
  expect(checkAwsSignature({ ...good, body: Buffer.from('{"messages":[1]}') }, parts)).toBeNull()
  expect(checkAwsSignature({ ...good, path: good.path.replace('pro', 'lite') }, parts)).toBeNull()
  expect(checkAwsSignature({ ...good, query: 'a=1' }, parts)).toBeNull()
  expect(checkAwsSignature(good, { ...parts, nowMs: parts.nowMs + 6 * 60_000 })).toBeNull()
  expect(
    checkAwsSignature(
      {
        ...good,
        rawHeaders: good.rawHeaders.map((value) => (value === '127.0.0.1:7070' ? 'elsewhere' : value)),
      },
      parts,
    ),
  ).toBeNull()
})

test('what is no signature is none', () => {
  for (const authorization of [
    'AWS4-HMAC-SHA256 ',
    'AWS4-HMAC-SHA256 Credential=a/b/c',
    `AWS4-HMAC-SHA256 ${'x'.repeat(9_000)}`,
  ]) {
    expect(
      checkAwsSignature(
        { method: 'POST', path: '/', query: '', rawHeaders: [], authorization, body: new Uint8Array() },
        parts,
      ),
    ).toBeNull()
  }
})

test('before the body is there, the head is held to all that it tells', async () => {
  const good = await signed()
  const headOf = (request: SignedRequest, changed: Partial<SignedRequest> = {}): SignedRequest => ({
    ...request,
    body: null,
    ...changed,
  })
  const without = (name: string) => {
    const { rawHeaders } = good
    const at = rawHeaders.indexOf(name)
    return [...rawHeaders.slice(0, at), ...rawHeaders.slice(at + 2)]
  }
  expect(checkAwsSignature(headOf(good), parts)).toBe('PMAKID')
  // AWS's signer tells the hash of the body: the whole signature is checked.
  expect(checkAwsSignature(headOf(await signed('PMAKID', 'other')), parts)).toBeNull()
  expect(checkAwsSignature(headOf(good, { path: '/model/other/converse' }), parts)).toBeNull()
  // Older ones do not: what they name is checked, and the body decides.
  const older = headOf(good, { rawHeaders: without('x-amz-content-sha256') })
  expect(checkAwsSignature(older, parts)).toBe('PMAKID')
  expect(checkAwsSignature({ ...older, body: Buffer.from('{}') }, parts)).toBeNull()
  expect(checkAwsSignature({ ...older, rawHeaders: without('x-amz-date') }, parts)).toBeNull()
  expect(checkAwsSignature(older, { ...parts, nowMs: parts.nowMs + 6 * 60_000 })).toBeNull()
  const scoped = (from: string, to: string) => ({
    ...older,
    authorization: older.authorization.replace(from, to),
  })
  expect(checkAwsSignature(scoped('/bedrock/', '/s3/'), parts)).toBeNull()
  expect(checkAwsSignature(scoped('20261121', '20261120'), parts)).toBeNull()
  expect(checkAwsSignature(scoped('Credential=PMAKID', 'Credential=OTHER'), parts)).toBeNull()
})
