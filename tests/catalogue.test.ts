import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import {
  BedrockClient,
  ListFoundationModelsCommand,
  paginateListInferenceProfiles,
} from '@aws-sdk/client-bedrock'
import { startSimulator, type SimulatedModel, type Simulator } from '@pointsman/simulator'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import shipped from '../catalogue/models.json' with { type: 'json' }
import { api, cleanEnvironment, removeFolder, root, startServer, type RunningServer } from './server.ts'

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

beforeEach(() => simulator.reset())

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

const arn = 'arn:aws:bedrock:eu-west-3::foundation-model/amazon.nova-pro-v1:0'
/** What Bedrock answers to a call, and what the operator is told to do. */
const refusals: readonly (readonly [string, { name: string; message?: string }, RegExp])[] = [
  ['no access', { name: 'AccessDeniedException' }, /Request access to Amazon Nova Pro.*eu-central-1/],
  [
    'a role that may not reach where AWS routes',
    {
      name: 'AccessDeniedException',
      message: `User: arn:aws:sts::111122223333:assumed-role/x/y is not authorized to perform: bedrock:InvokeModel on resource: ${arn} because no identity-based policy allows the bedrock:InvokeModel action`,
    },
    /amazon\.nova-pro-v1:0 in eu-west-3, to which its profile leads: .*iam policy/,
  ],
  [
    'an end of life',
    { name: 'ResourceNotFoundException' },
    /It is gone: .*models disable eu\.amazon\.nova-pro/,
  ],
  [
    'a region that does not know it',
    { name: 'ValidationException', message: 'The provided model identifier is invalid.' },
    /not served from eu-central-1\. It can be called from eu-north-1, .*models sync --region eu-central-1/,
  ],
  ['too many requests', { name: 'ThrottlingException' }, /Try again in a minute.*eu-central-1/],
  ['a quota', { name: 'ServiceQuotaExceededException' }, /Service Quotas, Amazon Bedrock, eu-central-1/],
  [
    'a credential that is over',
    { name: 'ExpiredTokenException' },
    /may not call Bedrock, or has ended.*clock.*five minutes/,
  ],
  [
    'a profile that is needed',
    {
      name: 'ValidationException',
      message:
        'Invocation of model ID amazon.nova-pro-v1:0 with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.',
    },
    /through an inference profile alone/,
  ],
]

interface Validated {
  readonly valid: boolean
  readonly problems: readonly string[]
  readonly probe: { readonly ok: boolean; readonly step?: string } | null
}

test('a probe tells what a refusal asks of the operator, and not what stands in the account', async () => {
  const pro = 'eu.amazon.nova-pro-v1:0'
  for (const [name, error, words] of refusals) {
    simulator.reset()
    simulator.script({ match: { operation: 'converse' }, times: 'forever', effect: { error } })
    const path = `/api/v1/models/${encodeURIComponent(pro)}/validate`
    const { body: told } = await api<Validated>(server, path, { body: { probe: true } })
    expect([name, told.valid, told.probe?.step]).toEqual([name, false, expect.stringMatching(words)])
    expect(JSON.stringify(told)).not.toContain('111122223333')
    expect(told.problems[0]).toContain(told.probe?.step)
  }
  // The same by the seed's endpoint and the command line.
  const body = { action: 'validate', modelId: pro, probe: true }
  const seeds = await api<{ data: Validated }>(server, '/functions/v1/orchestrate-bedrock-models', { body })
  expect(seeds.body.data.probe?.step).toMatch(/through an inference profile alone/)
  const { code, out } = await pointsman('validate', pro, '--probe')
  expect([code, out]).toEqual([1, expect.stringMatching(/through an\s+inference\s+profile\s+alone/)])
  simulator.reset()
  expect((await pointsman('validate', 'eu.amazon.nova-pro-v1:0', '--probe')).out).toContain('It answered in')
  // What is off may be asked before it is switched on.
  const off = await pointsman('validate', sonnet6, '--probe')
  expect([off.code, off.out]).toEqual([1, expect.stringMatching(/It answered in.*switched off/s)])
})

test('the record of a probe does not speak of failures that there were not', async () => {
  await api(server, `/api/v1/models/${encodeURIComponent('eu.amazon.nova-pro-v1:0')}/validate`, {
    body: { probe: true },
  })
  interface Records {
    readonly data: readonly { readonly requestId: string; readonly tags: readonly string[] }[]
  }
  const probed = async (): Promise<string | undefined> => {
    const { body } = await api<Records>(server, '/api/v1/usage/records?outcome=ok')
    return body.data.find(({ tags }) => tags.includes('probe'))?.requestId
  }
  await expect.poll(probed).toBeDefined()
  const { out } = await pointsman('explain', (await probed()) ?? '')
  expect(out).toContain('was decided on')
  expect(out).not.toContain('held back')
})

test('a base id that the region serves through a profile alone leads to that profile', async () => {
  const unknown = await pointsman('validate', 'anthropic.claude-sonnet-5-5')
  expect([unknown.code, unknown.out.replaceAll(/\s+/g, ' ')]).toEqual([
    1,
    expect.stringContaining('serves through a profile alone: use eu.anthropic.claude-sonnet-5-5'),
  ])
  const known = await pointsman('validate', 'amazon.nova-pro-v1:0', '--probe')
  expect([known.code, known.out.replaceAll(/\s+/g, ' ')]).toEqual([
    0,
    expect.stringContaining('only through the profile eu.amazon.nova-pro-v1:0'),
  ])
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
