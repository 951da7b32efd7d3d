import type { Digests } from '@pointsman/contract'
import { compileSnapshot, snapshotFrom, type CompiledSnapshot } from '@pointsman/core'
import type { Configuration } from '../configuration/configuration.ts'
import { ModelManagerError } from '../model-manager-error.ts'
import { agentRoutes, defaultRoute } from './agent-routes.ts'
import type { Catalogue } from './local-catalogue.ts'

/**
 * The snapshot of a manager without a server: the catalogue, and the configuration's agents as its routes. Throws
 * ModelManagerError `invalid_configuration` where an agent names a model that the catalogue does not have.
 */
export function localSnapshot(
  configuration: Configuration,
  catalogue: Catalogue,
  digests: Digests,
): CompiledSnapshot {
  requireKnownModels(configuration, new Set(catalogue.models.map(({ id }) => id)))
  const { fallbackRules, models, prices } = catalogue
  const snapshot = snapshotFrom(
    {
      models,
      prices,
      routes: [
        defaultRoute(configuration.defaultModel ?? catalogue.defaultModel),
        ...agentRoutes(configuration),
      ],
      ...{ roles: [], aliases: [], keys: [] },
      'fallback-rules': fallbackRules,
    },
    {
      revision: { epoch: 0, number: 0 },
      createdAtMs: 0,
      sha256Hex: (text) => digests.sha256Hex(text),
    },
  )
  return compileSnapshot(snapshot)
}

function requireKnownModels(
  { agents, defaultModel, place }: Configuration,
  known: ReadonlySet<string>,
): void {
  const named = [
    { path: ['agents', 'default_model'], model: defaultModel },
    ...[...agents.values()].map(({ model, name }) => ({ path: ['agents', name, 'model'], model })),
  ]
  const unknown = named.filter(({ model }) => model !== null && !known.has(model))
  if (unknown.length === 0) return
  const told = unknown.map(
    ({ model, path }) =>
      `${place(path)}: ${path.join('.')} is "${model ?? ''}", which the catalogue does not have. listAvailableModels() shows what it has.`,
  )
  throw new ModelManagerError('invalid_configuration', told.join('\n'))
}

/** Without the names of models that only a server knows: its catalogue is the one that counts once it has answered. */
export function withKnownModels(configuration: Configuration, catalogue: Catalogue): Configuration {
  const known = new Set<string | null>(catalogue.models.map(({ id }) => id))
  const { agents, defaultModel } = configuration
  const knownOnly = (model: string | null): string | null => (known.has(model) ? model : null)
  return {
    ...configuration,
    defaultModel: knownOnly(defaultModel),
    agents: new Map([...agents].map(([name, agent]) => [name, { ...agent, model: knownOnly(agent.model) }])),
  }
}
