import { findRoute, pageOfRoutes, routeSorts, type RouteRow } from '@pointsman/registry'
import { z } from 'zod'
import { behindShown } from './behind-shown.ts'
import {
  heartbeatSchema,
  modelIdSchema,
  rankedModelSchema,
  routeNameSchema,
  routeSchema,
} from '../catalogue/schemas.ts'
import { unknownName } from '../catalogue/unknown-names.ts'
import { orderRoute, wishedTarget } from '../catalogue/route-target.ts'
import { removeRoute, type RouteRules } from '../catalogue/write-routes.ts'
import type { ControlHouse } from '../house.ts'
import { endpoint, type Endpoint } from '../http/endpoint.ts'
import { instant } from '../instant.ts'
import { pageOf, pageQuery } from '../http/paging.ts'

const shownRoute = routeSchema.extend({
  key: z.string().describe('How callers name it: `use-case/clinical`.'),
  serves: z.string().describe('The model that serves now, its own or inherited.'),
  inherits: z.boolean(),
  llm_provider: z.string().nullable().describe('The provider that `serves` is called at.'),
  llm_model: z.string().describe('`serves`, by the name that agent registries use.'),
  revision: z.number(),
  drill: z
    .object({ id: z.string(), endsAt: z.iso.datetime() })
    .nullable()
    .describe('The drill that is under way on it; null = none.'),
})

const rules = z
  .strictObject({
    candidates: z.array(rankedModelSchema).describe('Ranked, best first.'),
    strategy: routeSchema.shape.strategy,
    fallbacks: routeSchema.shape.fallbacks.describe(
      'null = the family rules decide; an empty list = no fallback.',
    ),
    residency: routeSchema.shape.residency.describe('Regions in which a call may run; null = no rule.'),
    lifecycleRule: routeSchema.shape.lifecycleRule,
    objective: routeSchema.shape.objective,
    autoSwitch: routeSchema.shape.autoSwitch,
    capture: routeSchema.shape.capture.describe('Store prompt and answer text.'),
    heartbeatMs: heartbeatSchema.describe(
      'Silence after which a stream of server-sent events gets a comment; 0 = never; null = as the default route.',
    ),
  })
  .partial()

const order = rules.extend({
  target: modelIdSchema
    .nullish()
    .describe('The model that serves; null = the default’s. Moved by a switch, which is recorded.'),
  reason: z.string().max(2_000).nullish().describe('Why the target is moved.'),
})

/** An agent's model by the names of agent registries. */
const agentOrder = order.extend({
  llm_provider: z.string().min(1).max(100).optional(),
  llm_model: z.string().min(1).max(2_048).optional().describe('As `target`.'),
})

const path = z.strictObject({ name: routeNameSchema })

interface RouteWords {
  readonly kind: 'use-case' | 'agent'
  readonly below: 'use-cases' | 'agents'
  readonly noun: string
}

export const routeEndpoints = (house: ControlHouse): readonly Endpoint[] =>
  (
    [
      { kind: 'use-case', below: 'use-cases', noun: 'use case' },
      { kind: 'agent', below: 'agents', noun: 'agent' },
    ] as const satisfies readonly RouteWords[]
  ).flatMap((words) => [...routeReads(house, words), ...routeWrites(house, words)])

const routeReads = (house: ControlHouse, { kind, below, noun }: RouteWords): readonly Endpoint[] => [
  endpoint({
    operation: `${below}.list`,
    method: 'GET',
    path: `/${below}`,
    summary: `Every ${noun} with its target, ranked candidates and rules.`,
    query: z.strictObject({
      ...pageQuery,
      search: z
        .string()
        .max(200)
        .default('')
        .describe('Words of its name, of the model that serves it, or of that model’s provider.'),
      name: z.string().max(2_000).optional().describe('Only the one of exactly this name.'),
      sort: z.enum(routeSorts).default('name').describe('`model` = its id, `modelName` = as it is shown.'),
      descending: z.stringbool().default(false),
    }),
    answer: pageOf(shownRoute),
    handle: async ({ query: { cursor = null, ...query } }) => {
      const { data, nextCursor } = await pageOfRoutes(house.database, { ...query, kind, cursor })
      const { revision } = house.publishing.holder.required().compiled
      return {
        data: { data: data.map((row) => shown(house, row)), nextCursor },
        revision: revision.number,
      }
    },
  }),
  endpoint({
    operation: `${below}.show`,
    method: 'GET',
    path: `/${below}/{name}`,
    summary: `One ${noun}.`,
    pathParameters: path,
    answer: shownRoute,
    errors: ['route_not_found'],
    handle: async ({ path: { name } }) => {
      const row = await findRoute(house.database, { kind, name })
      if (row === null) throw notFound(house, { kind, noun }, name)
      return { data: shown(house, row), revision: row.revision }
    },
  }),
]

const routeWrites = (house: ControlHouse, { kind, below, noun }: RouteWords): readonly Endpoint[] => [
  endpoint({
    operation: `${below}.put`,
    method: 'PUT',
    path: `/${below}/{name}`,
    summary: `Adds one ${noun}, or changes what is named of it.`,
    pathParameters: path,
    body: kind === 'agent' ? agentOrder : order,
    answer: shownRoute.extend(behindShown),
    conditional: true,
    errors: ['model_not_found', 'model_not_available', 'lifecycle_blocked', 'refused', 'revision_rejected'],
    handle: async ({ path: { name }, body, principal, ifMatch }) => {
      const target = wishedTarget(house.publishing.holder.required().compiled, body)
      const { row, created, behind } = await orderRoute(house, principal, {
        ...{ kind, name, rules: rulesIn(body), ifMatch, target, reason: body.reason ?? null },
        targetField: 'llm_model' in body ? 'llm_model' : 'target',
      })
      return {
        data: { ...shown(house, row), ...behind },
        revision: row.revision,
        ...(created ? { status: 201 as const } : {}),
      }
    },
  }),
  endpoint({
    operation: `${below}.delete`,
    method: 'DELETE',
    path: `/${below}/{name}`,
    summary: `Removes one ${noun}.`,
    pathParameters: path,
    answer: z.object({ deleted: z.boolean(), revision: z.number(), ...behindShown }),
    conditional: true,
    errors: ['route_not_found', 'refused'],
    handle: async ({ path: { name }, principal, ifMatch }) => {
      const names = house.publishing.holder.required().compiled
      if (!(kind === 'agent' ? names.agents : names.useCases).has(name))
        throw notFound(house, { kind, noun }, name)
      const { revision, behind } = await removeRoute(house, principal, { kind, name, ifMatch })
      return { data: { deleted: true, revision, ...behind } }
    },
  }),
]

/** Only the rules that the caller named: absent must stay absent, or it would overwrite what stands. */
const rulesIn = (body: z.output<typeof rules>): RouteRules =>
  Object.fromEntries(
    Object.entries(body).filter(([name, value]) => name in rules.shape && value !== undefined),
  )

function shown(house: ControlHouse, { route: { drill, ...route }, revision }: RouteRow) {
  const { compiled } = house.publishing.holder.required()
  const key = `${route.kind}/${route.name}`
  const serves = compiled.routes.get(key)?.target ?? route.target ?? compiled.defaultRoute.target
  const provider = compiled.models.get(serves)?.provider ?? null
  return {
    ...route,
    key,
    serves,
    inherits: route.target === null,
    llm_provider: provider,
    llm_model: serves,
    revision,
    drill:
      drill === undefined || house.clock.nowMs() >= drill.endsAtMs
        ? null
        : { id: drill.id, endsAt: instant(drill.endsAtMs) },
  }
}

function notFound(
  house: ControlHouse,
  { kind, noun }: Pick<RouteWords, 'kind' | 'noun'>,
  name: string,
): Error {
  const { agents, useCases } = house.publishing.holder.required().compiled
  const what = `${noun.charAt(0).toUpperCase()}${noun.slice(1)}`
  return unknownName('route_not_found', what, name, (kind === 'agent' ? agents : useCases).keys())
}
