import { CountTokensCommand } from '@aws-sdk/client-bedrock-runtime'
import { noUsage } from '@pointsman/contract'
import { expect, it } from 'vitest'

import { awsClient } from '../testing/aws-client.ts'
import { anthropicCall, converseCall, openaiCall } from '../testing/calls.ts'
import {
  about,
  claude,
  decodeJson,
  dialectNamed,
  encodeJson,
  refusal,
} from '../testing/dialects-for-tests.ts'

const form = dialectNamed('bedrock-converse').countTokens
if (form === null) throw new Error('Converse counts tokens')
const read = (body: object) => form.readRequest(form.scanRequest(encodeJson(body), null))
const message = { role: 'user', content: [{ text: 'hi' }] }
const base64 = (body: object): string => Buffer.from(JSON.stringify(body)).toString('base64')

it('reads a count of a Converse request, and of both native bodies, as the same call', () => {
  const { sampling: _, ...wanted } = converseCall({ system: [{ text: 'be short' }] })
  const nova = { schemaVersion: 'messages-v1', system: [{ text: 'be short' }], messages: [message] }
  const native = {
    anthropic_version: 'bedrock-2023-05-31',
    max_tokens: 9,
    system: 'be short',
    messages: [{ role: 'user', content: 'hi' }],
  }
  for (const input of [
    { converse: { messages: [message], system: [{ text: 'be short' }] } },
    { invokeModel: { body: base64(nova) } },
    { invokeModel: { body: base64(native) } },
  ]) {
    expect(read({ input })).toMatchObject({ system: wanted.system, messages: wanted.messages })
  }
})

it('scans what is counted, and passes the caller’s own bytes', () => {
  const image = { image: { format: 'png', source: { bytes: 'aGk=' } } }
  const body = encodeJson({ input: { converse: { messages: [{ role: 'user', content: [image] }] } } })
  const scanned = form.scanRequest(body, null)
  expect(scanned).toMatchObject({ model: null, stream: false, needs: { images: true, tools: false } })
  expect(form.passRequest(scanned, claude(4.5)).body).toEqual(body)
})

it.each([
  [{}, 'input'],
  [{ input: { converse: { messages: [message] }, invokeModel: { body: '' } } }, 'input'],
  [{ input: { other: {} } }, 'input'],
  [{ input: { invokeModel: { body: '%' } } }, 'input.invokeModel.body'],
  [{ input: { invokeModel: { body: 7 } } }, 'input.invokeModel.body'],
  [{ input: { invokeModel: { body: base64({ inputText: 'hi' }) } } }, 'input.invokeModel.body'],
  [{ input: { invokeModel: { body: base64({ prompt: 'hi' }) } } }, 'input.invokeModel.body.prompt'],
  [
    { input: { converse: { messages: [{ role: 'user', content: [{}] }] } } },
    'input.converse.messages[0].content[0]',
  ],
])('refuses %j for its %s', (body, field) => {
  expect(refusal(() => read(body))).toMatchObject({ code: 'invalid_request', details: { field } })
})

it('writes what counts, without what says how to answer', () => {
  const { body } = form.writeRequest(openaiCall({ max_tokens: 9, temperature: 0.5 }), claude(4.5))
  expect(decodeJson(body)).toEqual({ input: { converse: { messages: [message] } } })
})

it('writes tools of Anthropic’s own in Claude’s own body, which alone has a place for them', () => {
  const tools = [{ type: 'bash_20250124', name: 'bash' }]
  const { body, headerWords } = form.writeRequest(anthropicCall({ tools }), claude(4.5))
  const { input } = decodeJson(body) as { input: { invokeModel: { body: string } } }
  const native: unknown = JSON.parse(Buffer.from(input.invokeModel.body, 'base64').toString())
  expect(native).toMatchObject({
    anthropic_version: 'bedrock-2023-05-31',
    anthropic_beta: ['computer-use-2025-01-24'],
    max_tokens: expect.any(Number) as number,
    messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
    tools,
  })
  expect(headerWords).toEqual(['computer-use-2025-01-24'])
  expect(read({ input })).toMatchObject({ extras: { 'tools[0]': tools[0] } })
})

it('answers so that the AWS client reads it, and reads what it sends', async () => {
  const answer = form.writeResult({ inputTokens: 42, finish: null, usage: noUsage }, about)
  expect(form.readResult(answer)).toEqual({ inputTokens: 42, finish: null, usage: noUsage })
  const bodies: Uint8Array[] = []
  const client = awsClient(
    { status: 200, headers: { 'content-type': 'application/json' }, pieces: [answer] },
    (_path, body) => bodies.push(body),
  )
  const input = { converse: { messages: [{ role: 'user' as const, content: [{ text: 'hi' }] }] } }
  expect((await client.send(new CountTokensCommand({ modelId: 'm', input }))).inputTokens).toBe(42)
  const native = new TextEncoder().encode(
    JSON.stringify({ schemaVersion: 'messages-v1', messages: [message] }),
  )
  await client.send(new CountTokensCommand({ modelId: 'm', input: { invokeModel: { body: native } } }))
  for (const body of bodies) {
    expect(form.readRequest(form.scanRequest(body, null)).messages).toEqual(converseCall({}).messages)
  }
  expect(bodies).toHaveLength(2)
})

it.each([{}, { inputTokens: '7' }, { inputTokens: -1 }])('calls %j no count', (body) => {
  expect(refusal(() => form.readResult(encodeJson(body))).code).toBe('upstream_broken')
})
