import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startSimulator, type SimulatedModel, type Simulator } from '@pointsman/simulator'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import catalogue from '../../../catalogue/models.json' with { type: 'json' }
import { removeFolder, temporaryFolder } from '../../server.ts'
import { pointsman } from './run-pointsman.ts'

interface Found {
  readonly check: string
  readonly state: string
  readonly found: string
  readonly mend: string | null
}

test('doctor finds what stands in the way, says how to mend it, and makes nothing', async () => {
  const dataDir = join(await temporaryFolder(), 'data')
  await mkdir(dataDir, { mode: 0o755 })
  await writeFile(join(dataDir, 'service.key'), 'a key', { mode: 0o644 })
  const simulator = await startSimulator({
    models: catalogue.models as readonly SimulatedModel[],
    credentials: { apiKeys: ['the right key'] },
  })
  const { code, stderr, stdout } = await pointsman(['doctor', '--json', '--data-dir', dataDir], {
    OPENAI_API_KEY: 'a wrong key',
    OPENAI_BASE_URL: `${simulator.url}/v1`,
    ANTHROPIC_API_KEY: 'the right key',
    ANTHROPIC_BASE_URL: simulator.url,
    DATABASE_URL: 'postgresql://postgres@127.0.0.1:1/none',
    POINTSMAN_MASTER_KEY: 'a master key for tests of 32 chars',
  })
  await simulator.close()
  await removeFolder(join(dataDir, '..'))
  expect([code, stderr]).toEqual([1, ''])
  const { findings } = JSON.parse(stdout) as { readonly findings: readonly Found[] }
  const states = Object.fromEntries(findings.map(({ check, state }) => [check, state]))
  expect(states).toMatchObject({
    node: 'ok',
    'data folder': 'warning',
    'key files': 'problem',
    disk: 'ok',
    database: 'problem',
    journal: 'ok',
    'openai credentials': 'problem',
    'anthropic credentials': 'ok',
    'google credentials': 'warning',
  })
  for (const { check, mend, state } of findings)
    expect([check, mend !== null]).toEqual([check, state !== 'ok'])
  expect(stdout).not.toContain('a wrong key')
  expect(stdout).not.toContain('the right key')
})

test('doctor tells a key that was cut off from one that is not there, before there is a database, too', async () => {
  const dataDir = join(await temporaryFolder(), 'data')
  await mkdir(dataDir, { mode: 0o700 })
  const looked = async (): Promise<readonly Found[]> => {
    const { stdout } = await pointsman(['doctor', '--json', '--data-dir', dataDir])
    const { findings } = JSON.parse(stdout) as { readonly findings: readonly Found[] }
    return findings.filter(({ check }) => check.endsWith(' key'))
  }
  expect(await looked()).toEqual([])
  for (const name of ['master.key', 'service.key'])
    await writeFile(join(dataDir, name), 'half a key', { mode: 0o600 })
  const found = await looked()
  await removeFolder(join(dataDir, '..'))
  expect(found).toMatchObject([
    { check: 'master key', state: 'problem', found: expect.stringContaining('cut off') as string },
    { check: 'service key', state: 'problem', found: expect.stringContaining('cut off') as string },
  ])
})

const accessKey = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'a secret of the test' }
const sonnet = 'anthropic.claude-sonnet-5-5'

describe('Bedrock’s control plane', () => {
  let simulator: Simulator
  beforeAll(async () => {
    simulator = await startSimulator({
      models: catalogue.models as readonly SimulatedModel[],
      credentials: { accessKeys: [accessKey] },
      withoutAccess: [sonnet],
    })
  })
  afterAll(() => simulator.close())

  const found = async (environment: { readonly [name: string]: string }): Promise<readonly Found[]> => {
    const dataDir = join(await temporaryFolder(), 'data')
    const { stderr, stdout } = await pointsman(['doctor', '--json', '--data-dir', dataDir], {
      AWS_ENDPOINT_URL_BEDROCK: simulator.url,
      AWS_ENDPOINT_URL_SERVICE_QUOTAS: simulator.url,
      AWS_ACCESS_KEY_ID: accessKey.accessKeyId,
      AWS_SECRET_ACCESS_KEY: accessKey.secretAccessKey,
      ...environment,
    })
    await removeFolder(join(dataDir, '..'))
    expect(stderr).toBe('')
    const { findings } = JSON.parse(stdout) as { readonly findings: readonly Found[] }
    return findings.filter(({ check }) => check.startsWith('bedrock'))
  }

  test('tells which models the region offers and the account may use', async () => {
    expect(await found({})).toEqual([
      expect.objectContaining({ check: 'bedrock credentials', state: 'ok' }),
      expect.objectContaining({ check: 'bedrock models', state: 'ok' }),
      {
        ...{ check: 'bedrock access', state: 'warning' },
        found: `not open to the account: ${sonnet} (agreement not available)`,
        mend: expect.stringContaining('Model access, region eu-central-1') as string,
      },
      {
        ...{ check: 'bedrock quotas', state: 'ok', mend: null },
        found: expect.stringMatching(/^a minute: .*Amazon Nova Pro 200 requests, 200,000 tokens/) as string,
      },
    ])
  })

  test('tells a quota of nothing, and who may not ask for quotas', async () => {
    const Quotas = [
      { QuotaName: 'Cross-region model inference requests per minute for Amazon Nova Pro', Value: 0 },
    ]
    const match = { operation: 'list-service-quotas' }
    simulator.script({ match, times: 1, effect: { status: { code: 200, body: { Quotas } } } })
    expect((await found({}))[3]).toMatchObject({
      state: 'problem',
      found: expect.stringContaining('Amazon Nova Pro') as string,
    })
    simulator.script({ match, times: 1, effect: { error: { name: 'AccessDeniedException' } } })
    expect((await found({}))[3]).toMatchObject({
      state: 'unknown',
      mend: expect.stringContaining('servicequotas:ListServiceQuotas') as string,
    })
  })

  test('tells what another region lacks', async () => {
    expect(await found({ BEDROCK_REGION: 'us-east-1' })).toContainEqual(
      expect.objectContaining({
        ...{ check: 'bedrock models', state: 'warning' },
        found: expect.stringMatching(/^not in us-east-1: .*eu\.amazon\.nova-pro-v1:0/) as string,
      }),
    )
  })

  test('tells a wrong credential from one that may not ask', async () => {
    const [wrong] = await found({ AWS_SECRET_ACCESS_KEY: 'another secret' })
    expect(wrong).toMatchObject({
      ...{ check: 'bedrock credentials', state: 'problem' },
      found: expect.stringContaining('InvalidSignatureException') as string,
    })
    simulator.script({
      match: { operation: 'get-foundation-model-availability' },
      effect: { error: { name: 'AccessDeniedException' } },
    })
    const all = await found({})
    simulator.clear()
    expect(all.map(({ check, state }) => [check, state])).toEqual([
      ['bedrock credentials', 'ok'],
      ['bedrock models', 'ok'],
      ['bedrock access', 'unknown'],
      ['bedrock quotas', 'ok'],
    ])
    expect(all[2]?.mend).toContain('bedrock:GetFoundationModelAvailability')
  })

  test('tells that it is not there', async () => {
    expect(await found({ AWS_ENDPOINT_URL_BEDROCK: 'http://127.0.0.1:1' })).toMatchObject([
      {
        check: 'bedrock credentials',
        state: 'problem',
        mend: expect.stringContaining('AWS_ENDPOINT_URL_BEDROCK') as string,
      },
    ])
  })
})
