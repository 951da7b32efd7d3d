import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { keyId, modelId, type Key, type Route } from '@pointsman/contract'
import { resilienceDefaults, type ResilienceNumbers } from '@pointsman/core'
import { serviceKey, startGateway, systemClock, type RunningGateway } from './testing/running-gateway.ts'

const nova = (name: string, where = 'eu'): string => `${where}.amazon.nova-${name}-v1:0`
const [pro, lite, micro] = [nova('pro'), nova('lite'), nova('micro')]
const globalHaiku = 'global.anthropic.claude-haiku-5-5'
const euRegions = ['eu-central-1', 'eu-north-1', 'eu-west-1', 'eu-west-3', 'eu-south-1', 'eu-south-2']

/** A vendor that fails for those named, answers for all others, and keeps what it was sent. */
class Vendor {
  readonly seen: { readonly model: string; readonly body: string }[] = []
  failing: ReadonlySet<string> = new Set()
  onCall: () => void = () => undefined
  readonly #server: Server = createServer((request, response) => {
    const model = decodeURIComponent((request.url ?? '').split('/')[2] ?? '')
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      this.seen.push({ model, body: Buffer.concat(pieces).toString() })
      this.onCall()
      const fails = this.failing.has(model)
      response.writeHead(fails ? 503 : 200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(fails ? { message: 'later' } : answer))
    })
  })

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  models = (): readonly string[] => this.seen.map(({ model }) => model)

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

const answer = {
  output: { message: { role: 'assistant', content: [{ text: 'Hello' }] } },
  stopReason: 'end_turn',
  usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
  metrics: { latencyMs: 1 },
}

/** As it is served, but that a retry comes at once and a circuit stays open for as long as a test runs. */
const quick: ResilienceNumbers = {
  retry: { ...resilienceDefaults.retry, windowMs: 5, busyWindowMs: 5 },
  breaker: { ...resilienceDefaults.breaker, openMs: 60_000, longestOpenMs: 60_000 },
}

let vendor: Vendor
let upstreamUrl: string
let gateway: RunningGateway
beforeEach(async () => {
  vendor = new Vendor()
  upstreamUrl = await vendor.start()
  gateway = await startGateway({ upstreamUrl, resilience: quick })
})
afterEach(async () => {
  await gateway.close()
  await vendor.close()
})

const useChain = (chain: readonly string[], rules: Partial<Route> = {}): Promise<void> =>
  gateway.publish((entries) => ({
    ...entries,
    routes: entries.routes.map((route) =>
      route.name === 'clinical'
        ? {
            ...route,
            candidates: [],
            target: modelId(chain[0] ?? ''),
            fallbacks: chain.slice(1).map(modelId),
            ...rules,
          }
        : route,
    ),
  }))

const useKey = (changes: Partial<Key>): Promise<void> =>
  gateway.publish((entries) => {
    const [clinic] = entries.keys
    if (clinic === undefined) throw new Error('no key to copy')
    const digest = createHmac('sha256', 'pepper').update('limited').digest('hex')
    const limited = { ...clinic, id: keyId('limited'), name: 'limited', digest, routes: null, ...changes }
    return { ...entries, keys: [...entries.keys.filter(({ id }) => id !== limited.id), limited] }
  })

async function chat(more: object = {}, key = serviceKey): Promise<Response> {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({
      model: 'use-case/clinical',
      messages: [{ role: 'user', content: 'Hello' }],
      ...more,
    }),
  })
  await response.arrayBuffer()
  return response
}
const lastRecord = () => gateway.records.at(-1)

describe('a fallback', () => {
  test('never leaves the allowed regions, whoever fails and however often', async () => {
    const all = [pro, lite, micro, nova('pro', 'us'), nova('lite', 'us'), globalHaiku]
    const chains = fc.record({
      chain: fc.shuffledSubarray(all, { minLength: 2 }),
      failing: fc.subarray(all),
      requests: fc.integer({ min: 1, max: 4 }),
    })
    await fc.assert(
      fc.asyncProperty(chains, async ({ chain, failing, requests }) => {
        await useChain(chain, { residency: euRegions })
        vendor.failing = new Set(failing)
        for (let request = 0; request < requests; request++) {
          await chat()
          for (const attempt of lastRecord()?.attempts ?? []) {
            expect(euRegions).toContain(attempt.region)
            expect(attempt.modelId).toMatch(/^eu\./)
          }
        }
      }),
      { numRuns: 20 },
    )
    expect(vendor.models().length).toBeGreaterThan(20)
    for (const model of vendor.models()) expect(model).toMatch(/^eu\./)
  })

  test('never loses tools or images: a model that takes none is passed over, the next one gets them whole', async () => {
    await useChain([pro, micro, lite])
    vendor.failing = new Set([pro])
    const image =
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
    const tool = {
      type: 'function',
      function: { name: 'look_up', parameters: { type: 'object', properties: {} } },
    }
    const response = await chat({
      tools: [tool],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${image}` } },
          ],
        },
      ],
    })
    expect(response.headers.get('x-pointsman-model')).toBe(lite)
    expect(vendor.models()).not.toContain(micro)
    expect(lastRecord()?.plan.excluded).toMatchObject([{ modelId: micro, gate: 'capable' }])
    for (const { body } of vendor.seen) {
      expect(body).toContain('look_up')
      expect(body).toContain(image)
    }
  })

  test('never uses a model that the key may not', async () => {
    await useKey({ models: [modelId(pro), modelId(lite)] })
    await useChain([pro, micro, lite])
    vendor.failing = new Set([pro])
    const response = await chat({}, 'limited')
    expect(response.headers.get('x-pointsman-model')).toBe(lite)
    vendor.failing = new Set([pro, lite])
    expect((await chat({}, 'limited')).status).toBe(503)
    expect(vendor.models()).not.toContain(micro)
  })

  test('never lets a key with a spend limit use a model without a price', async () => {
    await gateway.publish((entries) => ({
      ...entries,
      prices: entries.prices.filter((price) => price.modelId !== micro),
    }))
    await useKey({ spendPerDayNanoUsd: 1_000_000_000 })
    await useChain([pro, micro, lite])
    vendor.failing = new Set([pro])
    const response = await chat({}, 'limited')
    expect(response.headers.get('x-pointsman-model')).toBe(lite)
    expect(vendor.models()).not.toContain(micro)
    expect(lastRecord()?.costNanoUsd).toBeGreaterThan(0)
  })

  test('is judged again when the plan comes to it', async () => {
    await useChain([lite, pro])
    vendor.failing = new Set([lite])
    vendor.onCall = () => {
      gateway.state.credentials = { ready: false, missing: 'AWS_BEARER_TOKEN_BEDROCK' }
    }
    const response = await chat()
    expect(response.status).toBe(503)
    expect(vendor.models()).not.toContain(pro)
    expect(lastRecord()?.plan.excluded).toMatchObject([
      { modelId: pro, gate: 'available', rule: 'credentials-missing' },
    ])
  })
})

describe('circuits', () => {
  test('leave a failing model out of the plan with the reason, and never leave a plan empty', async () => {
    await gateway.close()
    let aheadMs = 0
    const clock = { ...systemClock, nowMs: () => systemClock.nowMs() + aheadMs }
    gateway = await startGateway({ upstreamUrl, resilience: quick, clock })
    await useChain([pro, lite], { residency: euRegions })
    vendor.failing = new Set([pro, lite])
    for (let request = 0; request < 12; request++) await chat()
    vendor.seen.length = 0
    // Everybody is held back: each request asks the first one all the same, and more only within the budget.
    for (let request = 0; request < 10; request++)
      expect((await chat()).headers.get('x-pointsman-model')).toBeNull()
    expect(vendor.models().filter((model) => model === pro).length).toBeGreaterThanOrEqual(10)
    expect(vendor.seen.length).toBeLessThan(16)
    // The second one is well again: once its time is over one call finds that out, and from then on it serves.
    vendor.failing = new Set([pro])
    aheadMs = 120_000
    expect((await chat()).headers.get('x-pointsman-model')).toBe(lite)
    const response = await chat()
    expect([response.status, response.headers.get('x-pointsman-attempts')]).toEqual([200, '1'])
    expect(lastRecord()?.plan.excluded).toMatchObject([
      { modelId: pro, gate: 'available', rule: 'circuit-open' },
    ])
  })

  test('where all are open, the one that is well again serves at once', async () => {
    await gateway.close()
    const retry = { ...quick.retry, floorEveryMs: 0, processFloorEveryMs: 0 }
    gateway = await startGateway({ upstreamUrl, resilience: { ...quick, retry } })
    await useChain([pro, lite])
    vendor.failing = new Set([pro, lite])
    for (let request = 0; request < 12; request++) await chat()
    vendor.failing = new Set([pro])
    const response = await chat()
    expect([response.status, response.headers.get('x-pointsman-attempts')]).toEqual([200, '2'])
    expect(response.headers.get('x-pointsman-model')).toBe(lite)
  })
})
