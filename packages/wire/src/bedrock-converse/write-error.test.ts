import { ConverseCommand, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime'
import { errorTable, PointsmanError } from '@pointsman/contract'
import type { ErrorCode } from '@pointsman/contract'
import { expect, it } from 'vitest'

import { awsClient } from '../testing/aws-client.ts'
import { about, decodeJson, dialects } from '../testing/dialects-for-tests.ts'

const { bedrockConverse } = dialects
const codes = Object.keys(errorTable) as ErrorCode[]

async function thrownByClient(error: PointsmanError): Promise<unknown> {
  const { status, headers, body } = bedrockConverse.writeError(error, 'req-1')
  const pairs = headers.flatMap((name, index) =>
    index % 2 === 0 ? [[name, headers[index + 1] ?? ''] as const] : [],
  )
  const client = awsClient({ status, headers: Object.fromEntries(pairs), pieces: [body] })
  return client.send(new ConverseCommand({ modelId: 'm', messages: [] })).catch((thrown: unknown) => thrown)
}

it('makes the official client throw the class that fits, with our status, message and request id', async () => {
  const names: Partial<Record<ErrorCode, string>> = {
    invalid_request: 'ValidationException',
    missing_key: 'UnrecognizedClientException',
    invalid_key: 'UnrecognizedClientException',
    forbidden: 'AccessDeniedException',
    model_not_found: 'ResourceNotFoundException',
    limit_reached: 'ThrottlingException',
    no_candidate: 'ServiceUnavailableException',
    upstream_timeout_idle: 'ModelTimeoutException',
    upstream_throttled: 'ThrottlingException',
    internal: 'InternalServerException',
  }
  for (const [code, name] of Object.entries(names)) {
    expect(await thrownByClient(new PointsmanError(code as ErrorCode, 'why'))).toMatchObject({
      name,
      message: 'why',
      $metadata: { httpStatusCode: errorTable[code as ErrorCode].status, requestId: 'req-1' },
    })
  }
})

it('writes every error of ours with its status and a message', () => {
  for (const code of codes) {
    const written = bedrockConverse.writeError(new PointsmanError(code, 'why'), 'r')
    expect(written.status).toBe(errorTable[code].status)
    expect(decodeJson(written.body)).toEqual({ message: 'why' })
    expect(written.headers[3]).toMatch(/Exception$/)
  }
})

it("passes Bedrock's own name of a refusal on, and nobody else's", () => {
  const name = (vendorName: string) =>
    bedrockConverse.writeError(new PointsmanError('upstream_rejected', 'x', { vendorName }), 'r').headers[3]
  expect(name('ServiceQuotaExceededException')).toBe('ValidationException')
  expect(name('ConflictException')).toBe('ConflictException')
  expect(name('invalid_request_error')).toBe('ValidationException')
})

it('says when to come back', () => {
  const error = new PointsmanError('limit_reached', 'x', { retryAfterMs: 1_500 })
  expect(bedrockConverse.writeError(error, 'r').headers.slice(-4)).toEqual([
    ...['retry-after', '2'],
    ...['x-amz-retry-after', '1500'],
  ])
})

it('writes every error inside a stream as one that the official client throws', async () => {
  for (const code of codes) {
    const begin = bedrockConverse.streamWriter(about).write({ type: 'start' }) ?? new Uint8Array()
    const pieces = [begin, bedrockConverse.writeStreamError(new PointsmanError(code, 'why'))]
    const client = awsClient({
      status: 200,
      headers: { 'content-type': bedrockConverse.streamContentType },
      pieces,
    })
    const { stream } = await client.send(new ConverseStreamCommand({ modelId: 'm', messages: [] }))
    await expect(async () => {
      for await (const event of stream ?? []) expect(event).toHaveProperty('messageStart')
    }).rejects.toMatchObject({
      message: 'why',
      name: expect.stringMatching(
        /^(InternalServer|ModelStreamError|Validation|Throttling|ServiceUnavailable)Exception$/,
      ) as string,
    })
  }
})
