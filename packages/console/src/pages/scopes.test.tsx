// @vitest-environment happy-dom
import { cleanup, screen } from '@testing-library/react'
import { userEvent } from '@testing-library/user-event'
import type { KeyScope } from '@pointsman/contract'
import type { ModelItem, RouteItem, SwitchRow } from '@pointsman/sdk'
import { afterEach, expect, test } from 'vitest'
import { showPage, type Answers } from '../testing/show-page.tsx'

afterEach(cleanup)

const lite = 'eu.amazon.nova-lite-v1:0'
const model: Partial<ModelItem> = {
  ...{ id: lite, name: 'Amazon Nova Lite', provider: 'amazon', servedBy: 'bedrock', isDefault: false },
  ...{ isAvailable: true, lifecycle: 'active', inputCostPerMTok: 1, outputCostPerMTok: 2, endsOn: null },
  ...{ abilities: [], runsIn: null },
}
const routeOf = (kind: 'use-case' | 'agent', name: string) => ({
  ...{ kind, name, key: `${kind}/${name}`, serves: lite, inherits: false, drill: null, switchId: null },
  ...{ llm_provider: 'bedrock', llm_model: lite, target: lite, candidates: [{ modelId: lite }] },
  ...{ fallbacks: null, residency: null, strategy: 'ranked', objective: 'quality', lifecycleRule: 'warn' },
  ...{ autoSwitch: 'on', capture: false, heartbeatMs: null, revision: 3 },
})
const row: Partial<SwitchRow> = {
  ...{ id: 'sw-1', sequence: 1, scopeText: 'use-case/clinical', from: 'One', to: 'Two', reason: 'Why' },
  ...{ type: 'manual', action: 'manual_switch', state: 'active', refusal: null, reverts: null },
  ...{ recordedAt: '2026-01-01T00:00:00Z', actor: { kind: 'key', id: 'k' }, approval: null, evidence: {} },
  ...{ revision: { epoch: 1, number: 3 }, costImpactEstimated: null, hash: 'ab', previousHash: 'aa' },
}
const provider = {
  ...{ id: 'openai', keySource: 'registry', keyLast4: 'ab12', missing: null, circuits: [], regions: [] },
  ...{ enabledModels: 1, models: 1, lastTest: null, baseUrl: null, keyProblem: null, keySince: null },
  ...{ keyExpiresAt: null, keyFrom: null },
}
const pageOf = (...data: readonly unknown[]) => ({ data, nextCursor: null })
const useCase = routeOf('use-case', 'clinical') as unknown as RouteItem
const agent = routeOf('agent', 'sql_agent') as unknown as RouteItem
const answers: Answers = {
  'GET /api/v1/models': pageOf(model),
  'GET /api/v1/use-cases': pageOf(useCase),
  'GET /api/v1/use-cases/clinical': useCase,
  'GET /api/v1/agents': pageOf(agent),
  'GET /api/v1/agents/sql_agent': agent,
  'GET /api/v1/switches': pageOf(row),
  'GET /api/v1/switches/sw-1': row,
  'GET /api/v1/providers': pageOf(provider),
  'GET /api/v1/providers/openai/keys': pageOf(),
}

/** Whatever changes something: where it stands, what opens it, what it is called and which scope it takes. */
const pages: readonly (readonly [path: string, opened: string | null, buttons: readonly Asked[]])[] = [
  [
    '/routes',
    null,
    [
      ['Switch the default', 'switch'],
      ['Switch…', 'switch'],
    ],
  ],
  ['/routes/use-case/clinical', null, [['Switch…', 'switch']]],
  ['/switches', null, [['Switch the default', 'switch']]],
  ['/switches/sw-1', null, [['Revert', 'switch']]],
  [
    '/models',
    null,
    [
      ['Add a model', 'admin'],
      ['Sync with Bedrock', 'admin'],
    ],
  ],
  ['/agents', null, [['Add an agent', 'admin']]],
  [
    '/agents',
    'sql_agent',
    [
      ['Remove', 'admin'],
      ['Use the default', 'admin'],
      ['Save', 'switch'],
    ],
  ],
  ['/providers', null, [['Create a key', 'admin']]],
  [
    '/providers',
    'openai',
    [
      ['Update API key', 'admin'],
      ['Remove the key', 'admin'],
    ],
  ],
  ['/playground', null, [['Send', 'invoke']]],
]
type Asked = readonly [name: string, scope: KeyScope]

async function show(path: string, opened: string | null, scopes: readonly KeyScope[]): Promise<void> {
  showPage(path, scopes, answers)
  if (opened !== null) await userEvent.click(await screen.findByRole('button', { name: opened }))
}

/** Why it cannot be pressed, as screen readers tell it; null = it can. */
async function refusalOf(name: string): Promise<string | null> {
  const [button] = await screen.findAllByRole('button', { name })
  if (button?.getAttribute('aria-disabled') !== 'true') return null
  return document.getElementById(button.getAttribute('aria-describedby') ?? '')?.textContent ?? ''
}

test.for(pages)('%s %s: who may only read is told which scope each button takes', async (page) => {
  const [path, opened, buttons] = page
  await show(path, opened, ['read'])
  for (const [name, scope] of buttons)
    expect(await refusalOf(name)).toBe(`Your key needs the scope ${scope} for this; it has read.`)
  cleanup()
  await show(path, opened, ['invoke', 'read', 'switch', 'admin'])
  for (const [name] of buttons) expect((await refusalOf(name)) ?? '').not.toContain('scope')
})
