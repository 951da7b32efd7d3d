import { modelId, type Route } from '@pointsman/contract'
import type { Configuration } from '../configuration/configuration.ts'

const route = (kind: Route['kind'], name: string, target: string | null): Route => ({
  kind,
  name,
  target: target === null ? null : modelId(target),
  candidates: [],
  strategy: 'priority',
  // The family rules.
  fallbacks: null,
  residency: null,
  lifecycleRule: 'warn',
  objective: 'curated',
  autoSwitch: 'off',
  capture: false,
  heartbeatMs: null,
  switchId: null,
})

/** The file's agents as routes; one without a model of its own inherits the default's. */
export const agentRoutes = ({ agents }: Configuration): readonly Route[] =>
  [...agents.values()].map(({ model, name }) => route('agent', name, model))

export const defaultRoute = (model: string): Route => route('default', 'default', model)
