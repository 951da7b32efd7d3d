import {
  BedrockRuntimeClient,
  BedrockRuntimeServiceException,
  ConverseCommand,
} from '@aws-sdk/client-bedrock-runtime'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { SignatureV4 } from '@smithy/signature-v4'
import { createHash, createHmac } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { startSimulator } from '../simulator.ts'
import type { Simulator } from '../simulator.ts'
import { accessKey, awsClient, bearerToken, post, said, startForTest } from '../testing/clients.ts'
import { novaPro, sampleModels } from '../testing/sample-models.ts'

let simulator: Simulator

beforeAll(async () => {
  simulator = await startForTest()
})
afterAll(async () => {
  await simulator.close()
})
afterEach(() => {
  vi.unstubAllEnvs()
})

const converse = new ConverseCommand({ modelId: novaPro, messages: said('Hello') })
const path = `/model/${encodeURIComponent(novaPro)}/converse`
const body = JSON.stringify({ messages: said('Hello') })

async function failureOf(client: BedrockRuntimeClient): Promise<BedrockRuntimeServiceException> {
  const failure: unknown = await client.send(converse).then(
    () => null,
    (error: unknown) => error,
  )
  client.destroy()
  if (failure instanceof BedrockRuntimeServiceException) return failure
  throw new Error(`expected a service exception, got ${String(failure)}`)
}

describe('signatures', () => {
  test('a wrong secret, over both protocols', async () => {
    for (const requestHandler of [undefined, new NodeHttpHandler()]) {
      const failure = await failureOf(
        new BedrockRuntimeClient({
          endpoint: simulator.url,
          region: 'eu-central-1',
          credentials: { ...accessKey, secretAccessKey: 'wrong' },
          maxAttempts: 1,
          ...(requestHandler === undefined ? {} : { requestHandler }),
        }),
      )
      expect(failure.name).toBe('InvalidSignatureException')
      expect(failure.$metadata.httpStatusCode).toBe(403)
      expect(failure.message).toMatch(/^The request signature we calculated does not match/)
    }
  })

  test('an unknown access key', async () => {
    const failure = await failureOf(
      new BedrockRuntimeClient({
        endpoint: simulator.url,
        region: 'eu-central-1',
        credentials: { accessKeyId: 'AKIAUNKNOWN', secretAccessKey: 'x' },
        maxAttempts: 1,
      }),
    )
    expect(failure.name).toBe('UnrecognizedClientException')
    expect(failure.$metadata.httpStatusCode).toBe(403)
  })

  test('a session token that the key does not have', async () => {
    const failure = await failureOf(
      new BedrockRuntimeClient({
        endpoint: simulator.url,
        region: 'eu-central-1',
        credentials: { ...accessKey, sessionToken: 'stolen' },
        maxAttempts: 1,
      }),
    )
    expect(failure.name).toBe('UnrecognizedClientException')
  })

  test('temporary credentials with their token', async () => {
    const key = { accessKeyId: 'ASIATEMPORARY', secretAccessKey: 'abc', sessionToken: 'token-of-the-session' }
    const other = await startForTest({ credentials: { accessKeys: [key] } })
    const client = new BedrockRuntimeClient({ endpoint: other.url, region: 'eu-central-1', credentials: key })
    const answer = await client.send(converse)
    expect(answer.stopReason).toBe('end_turn')
    expect(JSON.stringify(other.ledger())).not.toContain('token-of-the-session')
    client.destroy()
    await other.close()
  })

  test('the region of the scope is the region that answers', async () => {
    const client = awsClient(simulator, { region: 'eu-west-1' })
    const answer = await client.send(converse)
    expect(answer.output?.message?.content?.[0]?.text).toContain('in eu-west-1.')
    client.destroy()
  })

  test('a clock ten minutes off is refused, and the SDK mends it by the Date header', async () => {
    const options = { endpoint: simulator.url, region: 'eu-central-1', credentials: accessKey }
    const failure = await failureOf(
      new BedrockRuntimeClient({ ...options, systemClockOffset: -600_000, maxAttempts: 1 }),
    )
    expect(failure.name).toBe('InvalidSignatureException')
    expect(failure.message).toMatch(/^Signature expired: \d{8}T\d{6}Z is now earlier than .* - 5 min\.\)$/)
    const ahead = await failureOf(
      new BedrockRuntimeClient({ ...options, systemClockOffset: 600_000, maxAttempts: 1 }),
    )
    expect(ahead.message).toMatch(/^Signature not yet current/)
    const mending = new BedrockRuntimeClient({ ...options, systemClockOffset: -600_000, maxAttempts: 3 })
    expect((await mending.send(converse)).stopReason).toBe('end_turn')
    mending.destroy()
  })

  test('a raw colon in the path, signed by the AWS signer, and a body changed on the way', async () => {
    const rawPath = `/model/${novaPro}/converse`
    const signer = new SignatureV4({
      service: 'bedrock',
      region: 'eu-central-1',
      credentials: accessKey,
      sha256: NodeSha256,
    })
    const { headers } = await signer.sign({
      method: 'POST',
      protocol: 'http:',
      hostname: '127.0.0.1',
      port: simulator.port,
      path: rawPath,
      query: {},
      headers: { host: `127.0.0.1:${simulator.port}`, 'content-type': 'application/json' },
      body,
    })
    const signed = headers
    const call = (sent: string): Promise<Response> =>
      fetch(`${simulator.url}${rawPath}`, { method: 'POST', headers: signed, body: sent })
    expect((await call(body)).status).toBe(200)
    expect(simulator.ledger().at(-1)?.path).toBe(rawPath)
    const forged = await call(body.replace('Hello', 'Jello'))
    expect(forged.status).toBe(403)
    expect(forged.headers.get('x-amzn-errortype')).toMatch(/^InvalidSignatureException:/)
  })

  test('half a signature and a wrong service', async () => {
    const half = await post(simulator, path, body, { authorization: 'AWS4-HMAC-SHA256 Credential=x' })
    expect([half.status, half.headers.get('x-amzn-errortype')?.split(':')[0]]).toEqual([
      400,
      'IncompleteSignatureException',
    ])
    const signer = new SignatureV4({ service: 's3', region: 'x', credentials: accessKey, sha256: NodeSha256 })
    const { headers } = await signer.sign({
      method: 'POST',
      protocol: 'http:',
      hostname: '127.0.0.1',
      path,
      query: {},
      headers: { host: '127.0.0.1' },
      body,
    })
    const answer = await fetch(`${simulator.url}${path}`, { method: 'POST', headers, body })
    expect(await answer.json()).toEqual({
      message: "Credential should be scoped to correct service: 'bedrock'.",
    })
  })
})

describe('bearer tokens', () => {
  test('by the environment variable of the SDK', async () => {
    vi.stubEnv('AWS_BEARER_TOKEN_BEDROCK', bearerToken)
    const client = new BedrockRuntimeClient({ endpoint: simulator.url, region: 'eu-central-1' })
    const answer = await client.send(converse)
    expect(answer.stopReason).toBe('end_turn')
    expect(simulator.ledger().at(-1)?.authorization).toEqual({ kind: 'bearer', keyId: null })
    client.destroy()
  })

  test('by the option of the SDK, and a wrong one', async () => {
    const options = { endpoint: simulator.url, region: 'eu-central-1', maxAttempts: 1 }
    const authSchemePreference = ['httpBearerAuth']
    const good = new BedrockRuntimeClient({ ...options, authSchemePreference, token: { token: bearerToken } })
    expect((await good.send(converse)).stopReason).toBe('end_turn')
    good.destroy()
    const failure = await failureOf(
      new BedrockRuntimeClient({ ...options, authSchemePreference, token: { token: 'ABSKwrong' } }),
    )
    expect(failure.name).toBe('AccessDeniedException')
    expect(failure.message).toBe('Authentication failed: Please make sure your API Key is valid.')
  })

  test('a raw colon in the path by plain HTTP', async () => {
    const answer = await post(simulator, `/model/${novaPro}/converse`, body)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('x-amzn-requestid')).toBe(simulator.ledger().at(-1)?.requestId)
  })
})

test('no credentials at all', async () => {
  const answer = await fetch(`${simulator.url}${path}`, { method: 'POST', body })
  expect(answer.status).toBe(403)
  expect(answer.headers.get('x-amzn-errortype')).toMatch(/^MissingAuthenticationTokenException:/)
  expect(await answer.json()).toEqual({ message: 'Missing Authentication Token' })
})

test('a simulator without credentials lets everyone in', async () => {
  const open = await startSimulator({ models: sampleModels, latency: { firstTokenMs: 0, perTokenMs: 0 } })
  const answer = await fetch(`${open.url}${path}`, { method: 'POST', body })
  expect(answer.status).toBe(200)
  await open.close()
})

/** SHA-256 as the AWS signer wants it. */
class NodeSha256 {
  readonly #hash

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret))
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data))
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest())
  }

  reset(): void {
    throw new Error('reset is not used by the signer')
  }
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data, 'utf8')
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}
