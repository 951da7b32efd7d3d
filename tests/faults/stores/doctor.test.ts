import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startSimulator, type SimulatedModel } from '@pointsman/simulator'
import { expect, test } from 'vitest'
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
