import type { FallbackRule, Model, Price } from '@pointsman/contract'
// lint-allow arrows -- the catalogue is data beside the rooms, not a room
import modelsFile from '../../../../catalogue/models.json' with { type: 'json' }
// lint-allow arrows -- the catalogue is data beside the rooms, not a room
import routesFile from '../../../../catalogue/routes.json' with { type: 'json' }

/** What a manager without a server routes by. */
export interface Catalogue {
  readonly models: readonly Model[]
  readonly prices: readonly Price[]
  readonly fallbackRules: readonly FallbackRule[]
  /** For agents, where their configuration names no default. */
  readonly defaultModel: string
}

/**
 * The catalogue that this package comes with: every figure with its source and date. Its files are held to the schemas of
 * the server's control plane by that room's tests; at run time the snapshot is compiled, which holds it to every invariant.
 */
export function localCatalogue(): Catalogue {
  const { models, prices } = modelsFile
  const { fallbackRules, routes } = routesFile
  return {
    // JSON's own types know neither branded ids nor closed lists of words.
    models: models as unknown as readonly Model[],
    prices: prices as unknown as readonly Price[],
    fallbackRules,
    defaultModel: routes.find(({ kind }) => kind === 'default')?.target ?? '',
  }
}
