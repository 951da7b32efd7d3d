import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { modelId } from '@pointsman/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serviceKey, startGateway, type RunningGateway } from './testing/running-gateway.ts'

/** ARNs of Bedrock on the faces, and where the call goes that they make. */

const novaPro = 'eu.amazon.nova-pro-v1:0'
const novaLite = 'eu.amazon.nova-lite-v1:0'
const arnOf = (kind: string, name: string, region: string): string =>
  `arn:aws:bedrock:${region}:123456789012:${kind}/${name}`
const converse = { messages: [{ role: 'user', content: [{ text: 'Hello' }] }] }

async function post(gateway: RunningGateway, path: string, body: unknown) {
  const response = await fetch(gateway.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${serviceKey}` },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  const told = (name: string): string | null => response.headers.get(`x-pointsman-${name}`)
  const served = { model: told('model'), region: told('region'), reason: told('reason') }
  return { status: response.status, text, served }
}

describe('before the simulator, which knows the region by the signature', () => {
  let gateway: RunningGateway
  beforeAll(async () => {
    gateway = await startGateway()
  })
  afterAll(() => gateway.close())

  const written = arnOf('inference-profile', novaPro, 'eu-west-1')
  test.each([
    ['raw', written],
    ['percent-encoded', encodeURIComponent(written)],
    ['with its slash raw', written.replaceAll(':', '%3A')],
  ])('a profile is called in the region of its ARN, %s on the path', async (_, segment) => {
    const answer = await post(gateway, `/model/${segment}/converse`, converse)
    expect(answer).toMatchObject({
      status: 200,
      served: { model: novaPro, region: 'eu-west-1', reason: 'explicit' },
    })
    expect(answer.text).toContain('(simulated) in eu-west-1')
    expect(gateway.records.at(-1)).toMatchObject({ region: 'eu-west-1', requested: written })
  })

  test('and so it is where a body names it', async () => {
    const body = { model: written, messages: [{ role: 'user', content: 'Hello' }] }
    const answer = await post(gateway, '/v1/chat/completions', body)
    expect(answer.served.region).toBe('eu-west-1')
    expect(answer.text).toContain('(simulated) in eu-west-1')
  })

  test('an alias of the id that the ARN ends with is looked at first', async () => {
    await gateway.publish((entries) => ({ ...entries, aliases: [{ name: novaPro, target: novaLite }] }))
    const answer = await post(gateway, `/model/${encodeURIComponent(written)}/converse`, converse)
    await gateway.publish((entries) => ({ ...entries, aliases: [] }))
    expect(answer.served).toEqual({ model: novaLite, region: 'eu-west-1', reason: 'alias' })
  })

  test('a region outside the residency rule is refused', async () => {
    await gateway.publish((entries) => ({
      ...entries,
      routes: entries.routes.map((route) =>
        route.kind === 'default' ? { ...route, residency: ['eu-central-1'] } : route,
      ),
    }))
    const answer = await post(gateway, `/model/${encodeURIComponent(written)}/converse`, converse)
    await gateway.publish((entries) => ({
      ...entries,
      routes: entries.routes.map((route) =>
        route.kind === 'default' ? { ...route, residency: null } : route,
      ),
    }))
    expect(answer.status).toBe(503)
    expect(answer.text).toContain('this route allows only eu-central-1')
  })
})

test('an application profile is called by its ARN, in the region of the ARN, however it is named', async () => {
  const seen: Pick<IncomingMessage, 'url' | 'headers'>[] = []
  const upstream = createServer((request, response) => {
    seen.push({ url: request.url, headers: request.headers })
    request.resume()
    response.setHeader('content-type', 'application/json')
    response.end(
      '{"output":{"message":{"role":"assistant","content":[{"text":"Hi"}]}},"stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2},"metrics":{"latencyMs":1}}',
    )
  })
  await once(upstream.listen(0, '127.0.0.1'), 'listening')
  const place = upstream.address()
  if (place === null || typeof place === 'string') throw new Error('no port')
  const gateway = await startGateway({ upstreamUrl: `http://127.0.0.1:${place.port}` })
  try {
    const written = arnOf('application-inference-profile', 'ab12cd34ef56', 'eu-north-1')
    const kind = 'application-profile' as const
    await gateway.publish((entries) => ({
      ...entries,
      models: entries.models.flatMap((model) =>
        model.id === novaPro
          ? [model, { ...model, id: modelId('billing'), upstreamId: written, kind }]
          : [model],
      ),
    }))
    for (const segment of [written, encodeURIComponent(written), 'billing']) {
      const answer = await post(gateway, `/model/${segment}/converse`, converse)
      expect(answer).toMatchObject({ status: 200, served: { model: 'billing', region: 'eu-north-1' } })
      const { headers, url } = seen.pop() ?? {}
      expect(url).toBe(`/model/${encodeURIComponent(written)}/converse`)
      expect(headers?.authorization).toContain('/eu-north-1/bedrock/aws4_request')
    }
  } finally {
    await gateway.close()
    await new Promise((closed) => upstream.close(closed))
  }
})
