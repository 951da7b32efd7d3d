import { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { api, eventually, removeFolder, startServer, type RunningServer } from './server.ts'

/** The main job from end to end, as a user does it: official clients talk to a use case while its model is switched. */
let server: RunningServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(async () => {
  await server.kill('SIGTERM')
  await removeFolder(server.dataDir)
})

const sonnet = 'eu.anthropic.claude-sonnet-5-5'
const novaPro = 'eu.amazon.nova-pro-v1:0'
const messages = [{ role: 'user' as const, content: 'What does a dose reduction mean here?' }]

const openai = (): OpenAI => new OpenAI({ baseURL: `${server.url}/v1`, apiKey: server.key, maxRetries: 0 })
const bedrock = (http1 = false): BedrockRuntimeClient =>
  new BedrockRuntimeClient({
    endpoint: server.url,
    region: 'eu-central-1',
    token: { token: server.key },
    authSchemePreference: ['httpBearerAuth'],
    maxAttempts: 1,
    ...(http1 ? { requestHandler: new NodeHttpHandler() } : {}),
  })

interface Told {
  readonly text: string
  readonly model: string | null
  readonly revision: number
  readonly requestId: string
}

async function viaOpenai(): Promise<Told> {
  const { data, response } = await openai()
    .chat.completions.create({ model: 'use-case/clinical', messages })
    .withResponse()
  return told(response.headers, data.choices[0]?.message.content ?? '')
}
async function viaOpenaiStream(): Promise<Told> {
  const { data, response } = await openai()
    .chat.completions.create({
      model: 'use-case/clinical',
      messages,
      stream: true,
      stream_options: { include_usage: true },
    })
    .withResponse()
  let text = ''
  let finish: string | null = null
  let tokens = 0
  for await (const chunk of data) {
    text += chunk.choices[0]?.delta.content ?? ''
    finish = chunk.choices[0]?.finish_reason ?? finish
    tokens = chunk.usage?.completion_tokens ?? tokens
  }
  expect(finish).toBe('stop')
  expect(tokens).toBeGreaterThan(0)
  return told(response.headers, text)
}
const told = (headers: Headers, text: string): Told => ({
  text,
  model: headers.get('x-pointsman-model'),
  revision: Number(headers.get('x-pointsman-revision')),
  requestId: headers.get('x-pointsman-request-id') ?? '',
})

const converse = {
  modelId: 'use-case/clinical',
  messages: [{ role: 'user' as const, content: [{ text: 'What does a dose reduction mean here?' }] }],
}

async function viaBedrock(http1: boolean): Promise<{ text: string; tokens: number }> {
  const client = bedrock(http1)
  const answer = await client.send(new ConverseCommand(converse))
  client.destroy()
  return { text: answer.output?.message?.content?.[0]?.text ?? '', tokens: answer.usage?.outputTokens ?? 0 }
}
async function viaBedrockStream(http1: boolean): Promise<{ text: string; tokens: number; stop: string }> {
  const client = bedrock(http1)
  const answer = await client.send(new ConverseStreamCommand(converse))
  let text = ''
  let tokens = 0
  let stop = ''
  for await (const event of answer.stream ?? []) {
    text += event.contentBlockDelta?.delta?.text ?? ''
    tokens = event.metadata?.usage?.outputTokens ?? tokens
    stop = event.messageStop?.stopReason ?? stop
  }
  client.destroy()
  return { text, tokens, stop }
}

async function everyClientSees(name: string, model: string): Promise<void> {
  for (const ask of [viaOpenai, viaOpenaiStream]) {
    const answer = await ask()
    expect(answer.model).toBe(model)
    expect(answer.text).toContain(name)
  }
  for (const http1 of [false, true]) {
    expect((await viaBedrock(http1)).text).toContain(name)
    const streamed = await viaBedrockStream(http1)
    expect(streamed.text).toContain(name)
    expect(streamed.tokens).toBeGreaterThan(0)
    expect(streamed.stop).toBe('end_turn')
  }
}

interface SwitchAnswer {
  readonly success: boolean
  readonly data: {
    readonly switched: boolean
    readonly switchId: string
    readonly from: string
    readonly to: string
    readonly revision: number
  }
  readonly notification: { readonly title: string; readonly message: string }
}
interface SwitchRow {
  readonly id: string
  readonly reason: string | null
  readonly fromId: string | null
  readonly toId: string | null
  readonly revision: { readonly number: number } | null
  readonly actor: { readonly kind: string }
}

test('an access-key pair of `keys create --aws` signs for the AWS SDK, until its key is revoked', async () => {
  interface NewKey {
    readonly id: string
    readonly aws: { readonly accessKeyId: string; readonly secretAccessKey: string }
  }
  const { body: made } = await api<NewKey>(server, '/api/v1/keys', {
    body: { name: 'signer', scopes: ['invoke'], aws: true },
  })
  const client = new BedrockRuntimeClient({
    endpoint: server.url,
    region: 'eu-central-1',
    maxAttempts: 1,
    credentials: made.aws,
  })
  const answer = await client.send(new ConverseCommand(converse))
  expect(answer.output?.message?.content?.[0]?.text).toContain('Claude Sonnet 5.5')
  expect(answer.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/)
  await api(server, `/api/v1/keys/${made.id}`, { method: 'DELETE' })
  await expect(client.send(new ConverseCommand(converse))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 401 },
  })
  client.destroy()
})

describe('a switch', () => {
  test('counts at the very next request of every client, is recorded, and a revert takes it back; all of it outlives kill -9', async () => {
    await everyClientSees('Claude Sonnet 5.5', sonnet)

    const switched = await api<SwitchAnswer>(server, '/functions/v1/orchestrate-bedrock-models', {
      body: { action: 'switch', modelId: novaPro, useCase: 'clinical', reason: 'Trial of Nova Pro' },
    })
    expect(switched.body).toMatchObject({
      success: true,
      data: { switched: true, to: 'Amazon Nova Pro' },
      notification: { title: 'Switching AI Model' },
    })
    const first = await viaOpenaiStream()
    expect(first).toMatchObject({ model: novaPro, revision: switched.body.data.revision })
    await everyClientSees('Amazon Nova Pro', novaPro)

    const { body: rows } = await api<{ data: SwitchRow[] }>(server, '/api/v1/switches?limit=1')
    expect(rows.data[0]).toMatchObject({
      id: switched.body.data.switchId,
      reason: 'Trial of Nova Pro',
      fromId: sonnet,
      toId: novaPro,
      actor: { kind: 'service' },
    })

    const record = await eventually(
      () =>
        api<{ data: Record<string, unknown>[] }>(server, '/api/v1/usage/records?limit=100').then(({ body }) =>
          body.data.find((row) => row['requestId'] === first.requestId),
        ),
      (row) => row !== undefined,
    )
    expect(record).toMatchObject({
      modelId: novaPro,
      outcome: 'ok',
      route: 'use-case/clinical',
      stream: true,
    })
    expect((record?.['usage'] as { outputTokens: number }).outputTokens).toBeGreaterThan(0)
    expect(record?.['costNanoUsd']).toBeGreaterThan(0)
    expect(record?.['durationMs']).toBeGreaterThan(0)

    const reverted = await api<SwitchAnswer['data']>(
      server,
      `/api/v1/switches/${switched.body.data.switchId}/revert`,
      { body: { reason: 'Trial over' } },
    )
    expect(reverted.status).toBeLessThan(300)
    await everyClientSees('Claude Sonnet 5.5', sonnet)

    const before = await api<{ data: SwitchRow[] }>(server, '/api/v1/switches?limit=100')
    const usage = await viaOpenai()
    await server.kill('SIGKILL')
    server = await startServer({ dataDir: server.dataDir })
    await everyClientSees('Claude Sonnet 5.5', sonnet)
    const after = await api<{ data: SwitchRow[] }>(server, '/api/v1/switches?limit=100')
    expect(after.body.data.map((row) => row.id)).toEqual(before.body.data.map((row) => row.id))
    const kept = await eventually(
      () =>
        api<{ data: Record<string, unknown>[] }>(server, '/api/v1/usage/records?limit=200').then(({ body }) =>
          body.data.filter((row) => row['requestId'] === usage.requestId),
        ),
      (found) => found.length > 0,
    )
    expect(kept).toHaveLength(1)
    expect(await api(server, '/api/v1/switches/verify')).toMatchObject({ body: { valid: true } })
  })
})
