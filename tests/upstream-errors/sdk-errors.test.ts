import Anthropic from '@anthropic-ai/sdk'
import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime'
import { ApiError, GoogleGenAI } from '@google/genai'
import OpenAI from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serviceKey } from '../../packages/gateway/src/testing/running-gateway.ts'
import type { VendorAnswer } from './faulty-upstream.ts'
import { json } from './expectations.ts'
import { startErrorRig, type ErrorRig } from './rig.ts'
import { aloneRoute } from '../vendor-routes.ts'

/* What the vendors' own clients throw when the gateway tells them of an upstream's error: the class that their users catch. */
let rig: ErrorRig
let clients: ReturnType<typeof clientsOf>
beforeAll(async () => {
  rig = await startErrorRig()
  clients = clientsOf(rig.gateway.url)
})
afterAll(async () => {
  clients.bedrock.destroy()
  await rig.close()
})

function clientsOf(url: string) {
  return {
    openai: new OpenAI({ baseURL: `${url}/v1`, apiKey: serviceKey, maxRetries: 0 }),
    anthropic: new Anthropic({ baseURL: url, apiKey: serviceKey, maxRetries: 0 }),
    google: new GoogleGenAI({ apiKey: serviceKey, httpOptions: { baseUrl: url } }),
    bedrock: new BedrockRuntimeClient({
      region: 'eu-central-1',
      endpoint: url,
      token: { token: serviceKey },
      authSchemePreference: ['httpBearerAuth'],
      maxAttempts: 1,
    }),
  }
}

const model = aloneRoute('anthropic')
const messages = [{ role: 'user' as const, content: 'Hello' }]
const thrownBy = (asking: Promise<unknown>): Promise<unknown> =>
  asking.then(
    () => null,
    (thrown: unknown) => thrown,
  )

const anthropicError = (status: number, type: string): VendorAnswer =>
  json(status, { type: 'error', error: { type, message: `It says ${type}` } })

const rows = [
  [
    anthropicError(429, 'rate_limit_error'),
    { status: 429, openai: OpenAI.RateLimitError, anthropic: Anthropic.RateLimitError },
    'ThrottlingException',
  ],
  [
    anthropicError(529, 'overloaded_error'),
    { status: 503, openai: OpenAI.InternalServerError, anthropic: Anthropic.InternalServerError },
    'ServiceUnavailableException',
  ],
  [
    anthropicError(500, 'api_error'),
    { status: 502, openai: OpenAI.InternalServerError, anthropic: Anthropic.InternalServerError },
    'InternalServerException',
  ],
  [
    anthropicError(404, 'not_found_error'),
    { status: 502, openai: OpenAI.InternalServerError, anthropic: Anthropic.InternalServerError },
    'ModelErrorException',
  ],
  [
    anthropicError(401, 'authentication_error'),
    { status: 502, openai: OpenAI.InternalServerError, anthropic: Anthropic.InternalServerError },
    'InternalServerException',
  ],
  [
    anthropicError(400, 'invalid_request_error'),
    { status: 400, openai: OpenAI.BadRequestError, anthropic: Anthropic.BadRequestError },
    'ValidationException',
  ],
] as const

test.each(rows)('%o', async (upstream, { status, openai, anthropic }, bedrock) => {
  rig.upstream.answerWith(upstream)
  for (const asking of [
    clients.openai.chat.completions.create({ model, messages }),
    clients.openai.responses.create({ model, input: 'Hello' }),
    clients.openai.chat.completions.create({ model, messages, stream: true }),
  ]) {
    const thrown = await thrownBy(asking)
    expect(thrown).toBeInstanceOf(openai)
    expect(thrown).toMatchObject({ status })
  }
  const ofAnthropic = await thrownBy(clients.anthropic.messages.create({ model, messages, max_tokens: 9 }))
  expect(ofAnthropic).toBeInstanceOf(anthropic)
  expect(ofAnthropic).toMatchObject({ status })
  const ofGoogle = await thrownBy(clients.google.models.generateContent({ model, contents: 'Hello' }))
  expect(ofGoogle).toBeInstanceOf(ApiError)
  expect(ofGoogle).toMatchObject({ status })
  const content = [{ text: 'Hello' }]
  const ofBedrock = await thrownBy(
    clients.bedrock.send(new ConverseCommand({ modelId: model, messages: [{ role: 'user', content }] })),
  )
  expect(ofBedrock).toMatchObject({ name: bedrock, $metadata: { httpStatusCode: status } })
})
