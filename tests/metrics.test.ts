import { createCloudWatchStandIn } from '../packages/metrics/src/testing/index.ts'
import { afterEach, expect, test } from 'vitest'
import { removeFolder, startServer, type RunningServer } from './server.ts'

/* The metrics of a real server: the official AWS client inside it, a stand-in of CloudWatch that holds its limits outside. */

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function rig(environment: { readonly [name: string]: string } = {}) {
  const service = await createCloudWatchStandIn()
  closers.push(() => service.close())
  const server = await startServer({
    environment: {
      POINTSMAN_CLOUDWATCH: 'put',
      POINTSMAN_PROJECT_PREFIX: 'acme',
      AWS_ENDPOINT_URL_CLOUDWATCH: service.url,
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
      ...environment,
    },
  })
  closers.push(async () => {
    await server.kill('SIGTERM')
    await removeFolder(server.dataDir)
  })
  return { service, server }
}

/** Status, or null where the connection was refused. */
const chat = async (
  { key, url }: RunningServer,
  model = 'use-case/operations',
  agent = '',
): Promise<number | null> => {
  try {
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        ...{ authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        ...(agent === '' ? {} : { 'x-pointsman-agent': agent }),
      },
      body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] }),
    })
    await answer.arrayBuffer()
    return answer.status
  } catch {
    return null
  }
}

test('SIGTERM under load loses no metric, with workers too', async () => {
  const { server, service } = await rig({ POINTSMAN_WORKERS: '2' })
  let served = 0
  let ended = false
  const clients = Array.from({ length: 8 }, async () => {
    while (!ended) if ((await chat(server)) === 200) served += 1
  })
  await expect.poll(() => served).toBeGreaterThan(20)
  expect(service.calls()).toBe(0)
  const stopped = server.kill('SIGTERM')
  expect(await stopped).toBe(0)
  ended = true
  await Promise.all(clients)
  expect(service.problems).toEqual([])
  expect(service.sum('ModelInvocations', { Success: 'true' })).toBe(served)
  expect(service.sum('ModelLatency')).toBeGreaterThan(0)
})

test('a CloudWatch that hangs slows nothing: requests are answered, and the stop waits five seconds for it', async () => {
  const { server, service } = await rig()
  service.setMood('hangs')
  expect(await Promise.all(Array.from({ length: 20 }, () => chat(server)))).toEqual(Array(20).fill(200))
  // Names that callers make up are no series.
  expect(await chat(server, 'eu.amazon.nova-lite-v1:0', 'made-up')).toBe(404)
  expect(await chat(server, 'made-up')).toBe(404)
  const scraped = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${server.key}` } })
  const text = await scraped.text()
  expect(text).toContain('pointsman_metrics_lost_total 0')
  expect(text).not.toContain('made-up')
  expect(await server.kill('SIGTERM')).toBe(0)
  expect(server.output()).toContain('"event":"metrics_lost"')
})
