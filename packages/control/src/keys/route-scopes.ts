import type { KeyScope } from '@pointsman/contract'

/**
 * Which scope opens which operation: one of those named. Every operation of the control plane stands here; one that
 * does not, does not compile. `self` is a signed-in user's and reaches only what is its own, which the
 * operation itself checks.
 */
export const routeScopes = {
  'openapi.show': ['read', 'self'],
  'models.list': ['read', 'invoke', 'self'],
  'models.show': ['read', 'invoke', 'self'],
  'models.create': ['admin'],
  'models.put': ['admin'],
  'models.change': ['switch'],
  'models.validate': ['read'],
  'models.probe': ['switch'],
  'prices.list': ['read'],
  'prices.show': ['read'],
  'prices.create': ['admin'],
  'prices.put': ['admin'],
  'providers.list': ['read'],
  'providers.show': ['read'],
  'conversations.list': ['read', 'self'],
  'conversations.show': ['read', 'self'],
  'switches.list': ['read'],
  'switches.show': ['read'],
  'switches.verify': ['read'],
  'switches.create': ['switch', 'self'],
  'switches.revert': ['switch'],
  'use-cases.list': ['read'],
  'use-cases.show': ['read'],
  'use-cases.put': ['admin'],
  'use-cases.delete': ['admin'],
  'agents.list': ['read'],
  'agents.show': ['read'],
  'agents.put': ['admin'],
  'agents.delete': ['admin'],
  'roles.list': ['read'],
  'roles.show': ['read'],
  'roles.put': ['admin'],
  'roles.delete': ['admin'],
  'aliases.list': ['read'],
  'aliases.show': ['read'],
  'aliases.put': ['admin'],
  'aliases.delete': ['admin'],
  'usage.summary': ['read'],
  'usage.records': ['read'],
  'requests.explain': ['read'],
  'keys.list': ['admin'],
  'keys.create': ['admin'],
  'keys.rotate': ['admin'],
  'keys.revoke': ['admin'],
  'revisions.list': ['read'],
  'replicas.list': ['read'],
  'lifecycle.report': ['read'],
  'cache.clear': ['switch'],
} as const satisfies { readonly [operation: string]: readonly KeyScope[] }

export type Operation = keyof typeof routeScopes
