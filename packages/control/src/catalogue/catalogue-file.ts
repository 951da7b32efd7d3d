import {
  PointsmanError,
  type FallbackRule,
  type Model,
  type Price,
  type Role,
  type Route,
} from '@pointsman/contract'
import { z } from 'zod'
import { check } from '../http/check.ts'
import { fallbackRuleSchema, modelSchema, priceSchema, roleSchema, routeSchema } from './schemas.ts'

/** What a registry begins with: the catalogue and the routes of a first start. */
export interface CatalogueFile {
  readonly models: readonly Model[]
  readonly prices: readonly Price[]
  readonly routes: readonly Omit<Route, 'switchId'>[]
  readonly roles: readonly Role[]
  readonly fallbackRules: readonly FallbackRule[]
}

// Beside models and prices the file holds notes for its readers (sources, facts): those are not ours to check.
const modelsFile = z.object({ models: z.array(modelSchema).min(1), prices: z.array(priceSchema) })
const routesFile = z.object({
  routes: z.array(routeSchema.omit({ switchId: true })).min(1),
  roles: z.array(roleSchema),
  fallbackRules: z.array(fallbackRuleSchema),
})

/**
 * The parsed JSON of `catalogue/models.json` and `catalogue/routes.json`, checked whole: one wrong row refuses both
 * files. Throws PointsmanError `invalid_request` naming the field.
 */
export function readCatalogue(models: unknown, routes: unknown): CatalogueFile {
  const catalogue = { ...check(modelsFile, models, 'catalogue'), ...check(routesFile, routes, 'catalogue') }
  refuseTwice(
    catalogue.models.map((model) => model.id),
    'models',
  )
  refuseTwice(
    catalogue.prices.map((price) => price.id),
    'prices',
  )
  refuseTwice(
    catalogue.routes.map((route) => `${route.kind}/${route.name}`),
    'routes',
  )
  const ids = new Set<string>(catalogue.models.map((model) => model.id))
  const stray = catalogue.prices.findIndex((price) => !ids.has(price.modelId))
  if (stray >= 0) {
    throw new PointsmanError(
      'invalid_request',
      `"prices[${stray}].modelId" names a model that the catalogue does not have.`,
      { field: `prices[${stray}].modelId` },
    )
  }
  return catalogue
}

function refuseTwice(names: readonly string[], list: string): void {
  const seen = new Set<string>()
  names.forEach((name, at) => {
    if (seen.has(name)) {
      throw new PointsmanError('invalid_request', `"${list}[${at}]" is in the catalogue twice: ${name}.`, {
        field: `${list}[${at}]`,
      })
    }
    seen.add(name)
  })
}
