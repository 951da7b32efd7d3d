import { providerId, type CredentialFacts, type ProviderId } from '@pointsman/contract'
import { callingRegion, type CompiledModel, type ProviderReadiness } from '@pointsman/core'
import {
  listProviderKeys,
  listProviderTests,
  type ProviderTestRow,
  type ReplicaRow,
} from '@pointsman/registry'
import { z } from 'zod'
import { providerIdSchema } from '../catalogue/schemas.ts'
import { unknownName } from '../catalogue/unknown-names.ts'
import type { ControlHouse } from '../house.ts'
import { endpoint, type Endpoint } from '../http/endpoint.ts'
import { instant } from '../instant.ts'
import { page, pageOf, pageQuery } from '../http/paging.ts'
import type { ProviderFacts } from '../ports.ts'
import { knownProviders } from './known-providers.ts'
import { credentialOf, credentialShown, lastTest } from './provider-keys.ts'

const providerShown = z.object({
  id: z.string(),
  configured: z.boolean().describe('It can be called from this server.'),
  missing: z.string().nullable().describe('What to set so that it can be called.'),
  baseUrl: z.string().nullable().describe('Another address than the vendor’s public one.'),
  ...credentialShown,
  takesAwsKeys: z.boolean().describe('An AWS access-key pair may be stored in the place of a key.'),
  lastTest: lastTest.nullable().describe('What the last trial of its key came to; null = there was none.'),
  regions: z.array(z.string()).describe('Where its enabled models are called from here.'),
  models: z.number().describe('Catalogue entries that it serves.'),
  enabledModels: z.number(),
  circuits: z
    .array(
      z.object({
        modelId: z.string(),
        region: z.string(),
        state: z
          .enum(['open', 'half-open'])
          .describe(
            '`open`: not called while another candidate can answer; `half-open`: one call at a time tries it.',
          ),
        cause: z.enum(['failures', 'told']).describe('`told`: the vendor named the time (Retry-After).'),
        since: z.iso.datetime(),
        until: z.iso.datetime(),
        replicas: z.array(z.string()).describe('Who holds it back; each judges by its own calls.'),
      }),
    )
    .describe('Models in regions that are held back after failures.'),
})

export const providerEndpoints = (house: ControlHouse): readonly Endpoint[] => [
  endpoint({
    operation: 'providers.list',
    method: 'GET',
    path: '/providers',
    summary: 'Who serves the models: what can be called from here, and what is missing where it cannot.',
    query: z.strictObject(pageQuery),
    answer: pageOf(providerShown),
    handle: async ({ query }) => ({ data: page(await providersOf(house), ({ id }) => id, query) }),
  }),
  endpoint({
    operation: 'providers.show',
    method: 'GET',
    path: '/providers/{id}',
    summary: 'One provider.',
    pathParameters: z.strictObject({ id: providerIdSchema }),
    answer: providerShown,
    errors: ['not_found'],
    handle: async ({ path: { id } }) => {
      const one = (await providersOf(house)).find((provider) => provider.id === id)
      if (one === undefined) throw unknownName('not_found', 'Provider', id, knownProviders(house))
      return { data: one, revision: await keyRevision(house, id) }
    },
  }),
]

/** Of what may be changed of a provider: its key. 0 = there never was one, and `If-Match: "0"` says so. */
async function keyRevision({ database }: ControlHouse, id: ProviderId): Promise<number> {
  const [newest] = await listProviderKeys(database, id)
  return newest?.revision ?? 0
}

type CircuitShown = z.input<typeof providerShown>['circuits'][number]

/** What live replicas hold back, by model and region: since the first of them, until the last. */
function circuitsOf(replicas: readonly ReplicaRow[], nowMs: number): readonly CircuitShown[] {
  const told = replicas.flatMap(({ circuits, id, live }) =>
    live ? circuits.map((circuit) => ({ ...circuit, replica: id })) : [],
  )
  const byCall = Map.groupBy(told, ({ modelId, region }) => `${modelId}@${region}`)
  return [...byCall.values()].flatMap((same) => {
    const longest = same.toSorted((a, b) => b.untilMs - a.untilMs)[0]
    if (longest === undefined) return []
    const { cause, modelId, region, untilMs } = longest
    const since = instant(Math.min(...same.map(({ sinceMs }) => sinceMs)))
    const state = nowMs < untilMs ? ('open' as const) : ('half-open' as const)
    const by = same.map(({ replica }) => replica)
    return [{ modelId, region, state, cause, since, until: instant(untilMs), replicas: by }]
  })
}

async function providersOf(house: ControlHouse): Promise<readonly z.input<typeof providerShown>[]> {
  const facts = house.providers?.() ?? [...(house.providerStates?.() ?? [])].map(onlyReadiness)
  const known = new Map(facts.map((provider) => [provider.id, provider]))
  const circuits = circuitsOf(await house.replicas.list(), house.clock.nowMs())
  // As published, from memory: a page that shows what is held back asks for this at every change.
  const { models: all } = house.publishing.holder.required().compiled
  const models = Map.groupBy(all.values(), ({ provider }) => provider)
  const tests = new Map((await listProviderTests(house.database)).map((test) => [test.provider, test]))
  return [...knownProviders(house)].sort().map((id) => {
    const own = { models: models.get(id) ?? [], circuits, test: tests.get(id) ?? null }
    return shown(house, known.get(id) ?? unknownProvider(id), own)
  })
}

const notKnown: CredentialFacts = {
  ...{ source: null, from: null, lastFour: null, sinceMs: null, expiresAtMs: null, problem: null },
}

const onlyReadiness = ([id, readiness]: readonly [ProviderId, ProviderReadiness]): ProviderFacts => ({
  ...{ id, readiness, baseUrl: null, credential: notKnown, takesAwsKeys: false },
})

const unknownProvider = (id: string): ProviderFacts =>
  onlyReadiness([
    providerId(id),
    { ready: false, missing: `an adapter: this server cannot call the provider ${id}` },
  ])

interface Known {
  readonly models: readonly CompiledModel[]
  readonly circuits: readonly CircuitShown[]
  readonly test: ProviderTestRow | null
}

function shown(house: ControlHouse, facts: ProviderFacts, { circuits, models, test }: Known) {
  const { id, readiness, baseUrl, credential, takesAwsKeys } = facts
  const own = new Set<string>(models.map((model) => model.id))
  const enabled = models.filter((model) => model.enabled)
  const regions = enabled.map((model) => callingRegion(model, house.homeRegion))
  return {
    id,
    configured: readiness.ready,
    missing: readiness.ready ? null : readiness.missing,
    baseUrl,
    ...credentialOf(credential),
    takesAwsKeys,
    lastTest: test === null ? null : testShown(test),
    regions: [...new Set(regions)].sort(),
    models: models.length,
    enabledModels: enabled.length,
    circuits: circuits.filter(({ modelId }) => own.has(modelId)),
  }
}

const testShown = ({ keySource, latencyMs, modelId, ok, problem, testedAtMs }: ProviderTestRow) => ({
  ...{ at: instant(testedAtMs), ok, modelId, latencyMs, keySource, problem },
})
