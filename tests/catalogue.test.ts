import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import {
  BedrockClient,
  ListFoundationModelsCommand,
  paginateListInferenceProfiles,
} from '@aws-sdk/client-bedrock'
import { startSimulator, type SimulatedModel, type Simulator } from '@pointsman/simulator'
import { afterAll, beforeAll, expect, test } from 'vitest'
import shipped from '../catalogue/models.json' with { type: 'json' }
import { cleanEnvironment, removeFolder, root, startServer, type RunningServer } from './server.ts'

/*
 * The whole way of a sync: the command line, the API, a data-plane process of its own, a signed question to Bedrock's control
 * plane, and AWS's own client as the judge of what that control plane lists.
 */

const accessKey = { accessKeyId: 'AKIASIMULATED0000001', secretAccessKey: 'secret/of+the+simulator' }
const sonnet6 = 'eu.anthropic.claude-sonnet-6-v1:0'
const micro = 'eu.amazon.nova-micro-v1:0'

/** An account that has one model more than this release knows, one that ends, and London among the destinations of another. */
function account(): readonly SimulatedModel[] {
  const models = shipped.models as unknown as readonly SimulatedModel[]
  const sonnet = models.find(({ id }) => id === 'eu.anthropic.claude-sonnet-5-5')
  if (sonnet === undefined) throw new Error('the catalogue has Claude Sonnet 5.5')
  const changed = models.map((model): SimulatedModel => {
    if (model.baseModelId === 'amazon.nova-lite-v1:0' || model.id === 'amazon.nova-lite-v1:0')
      return { ...model, lifecycle: { status: 'legacy', endsOn: '2027-06-30' } }
    if (model.id !== micro) return model
    const { destinationRegions } = model
    return { ...model, destinationsFrom: { 'eu-central-1': [...(destinationRegions ?? []), 'eu-west-2'] } }
  })
  const next = {
    ...sonnet,
    id: sonnet6,
    name: 'Claude Sonnet 6',
    baseModelId: 'anthropic.claude-sonnet-6-v1:0',
  }
  return [...changed, next]
}

let simulator: Simulator
let server: RunningServer
beforeAll(async () => {
  simulator = await startSimulator({
    models: account(),
    credentials: { accessKeys: [accessKey] },
    latency: { firstTokenMs: 0, perTokenMs: 0 },
  })
  server = await startServer({
    command: 'serve',
    environment: {
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: simulator.url,
      AWS_ENDPOINT_URL_BEDROCK: simulator.url,
      AWS_ACCESS_KEY_ID: accessKey.accessKeyId,
      AWS_SECRET_ACCESS_KEY: accessKey.secretAccessKey,
      POINTSMAN_WORKERS: '1',
    },
  })
})
afterAll(async () => {
  await server.kill('SIGTERM')
  await simulator.close()
  await removeFolder(server.dataDir)
})

interface Ran {
  readonly code: number | null
  readonly out: string
}

async function pointsman(...line: readonly string[]): Promise<Ran> {
  const child = spawn(process.execPath, [join(root, 'packages/pointsman/src/main.ts'), ...line], {
    cwd: root,
    env: cleanEnvironment({ POINTSMAN_URL: server.url, POINTSMAN_SERVICE_KEY: server.key }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (out += text))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out }
}

test('sync takes over what AWS’s own client is told, shows it first, and finds nothing to do afterwards', async () => {
  const aws = new BedrockClient({ endpoint: simulator.url, region: 'eu-central-1', credentials: accessKey })
  const { modelSummaries = [] } = await aws.send(new ListFoundationModelsCommand({}))
  const profiles: string[] = []
  for await (const page of paginateListInferenceProfiles({ client: aws, pageSize: 5 }, {}))
    profiles.push(...(page.inferenceProfileSummaries ?? []).map((one) => one.inferenceProfileId ?? ''))
  expect(profiles).toContain(sonnet6)
  expect(modelSummaries.length).toBeGreaterThan(20)

  const planned = await pointsman('models', 'sync', '--dry-run')
  expect(planned.code, planned.out).toBe(0)
  expect(planned.out).toContain(`new       ${sonnet6}`)
  expect(planned.out).toMatch(
    /ended +eu\.amazon\.nova-lite-v1:0 +legacy, ends on 2027-06-30; target of use-case\/health/,
  )
  expect((await pointsman('models', 'show', sonnet6)).code).toBe(1)

  const applied = await pointsman('models', 'sync', '--apply')
  expect([applied.code, applied.out]).toEqual([0, expect.stringMatching(/✓ 1 new, .*Revision 2/s)])
  const shown = await pointsman('models', 'show', sonnet6, '--json')
  expect(JSON.parse(shown.out)).toMatchObject({ isAvailable: false, model: { format: 'claude' } })
  const { out } = await pointsman('models', 'show', micro, '--json')
  expect(JSON.parse(out)).toMatchObject({
    model: {
      destinationsFrom: {
        'eu-central-1': ['eu-central-1', 'eu-north-1', 'eu-west-1', 'eu-west-2', 'eu-west-3'],
      },
    },
  })
  expect((await pointsman('models', 'sync')).out).toContain('Nothing to change')
})

test('what AWS refuses is told with what mends it', async () => {
  simulator.script({
    match: { operation: 'list-inference-profiles' },
    effect: {
      error: { name: 'AccessDeniedException', message: 'User: x is not authorized to perform this.' },
    },
  })
  const { code, out } = await pointsman('models', 'sync')
  expect([code, out]).toEqual([1, expect.stringMatching(/bedrock:ListInferenceProfiles.*iam policy/s)])
})
