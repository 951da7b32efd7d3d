import { z } from 'zod'
import type { ControlHouse } from '../house.ts'
import { endpoint, type Endpoint } from '../http/endpoint.ts'
import { openapiDocument } from '../http/openapi.ts'
import { alarmEndpoints } from './alarms.ts'
import { backupEndpoints } from './backup.ts'
import { costAlarmEndpoints } from './cost-alarms.ts'
import { catalogueChangeEndpoints } from './catalogue-changes.ts'
import { conversationEndpoints } from './conversations.ts'
import { drillEndpoints } from './drills.ts'
import { erasureEndpoints } from './erasures.ts'
import { eventEndpoints } from './events.ts'
import { followedTableEndpoints } from './followed-tables.ts'
import { iamEndpoints } from './iam.ts'
import { keyEndpoints } from './keys.ts'
import { modelEndpoints } from './models.ts'
import { nameEndpoints } from './names.ts'
import { notificationEndpoints } from './notifications.ts'
import { operationEndpoints } from './operations.ts'
import { priceEndpoints } from './prices.ts'
import { providerKeyEndpoints } from './provider-keys.ts'
import { providerEndpoints } from './providers.ts'
import { routeEndpoints } from './routes.ts'
import { snapshotEndpoints } from './snapshot.ts'
import { sqlEndpoints } from './sql.ts'
import { switchEndpoints } from './switches.ts'
import { usageTakingEndpoints } from './usage-taking.ts'
import { usageEndpoints } from './usage.ts'

/** Every endpoint of the control API, its own description included. */
export function controlEndpoints(house: ControlHouse): readonly Endpoint[] {
  const described: readonly Endpoint[] = [
    ...modelEndpoints(house),
    ...catalogueChangeEndpoints(house),
    ...followedTableEndpoints(house),
    ...priceEndpoints(house),
    ...providerEndpoints(house),
    ...providerKeyEndpoints(house),
    ...iamEndpoints(house),
    ...switchEndpoints(house),
    ...conversationEndpoints(house),
    ...routeEndpoints(house),
    ...nameEndpoints(house),
    ...usageEndpoints(house),
    ...usageTakingEndpoints(house),
    ...keyEndpoints(house),
    ...erasureEndpoints(house),
    ...sqlEndpoints(house),
    ...backupEndpoints(house),
    ...operationEndpoints(house),
    ...snapshotEndpoints(house),
    ...drillEndpoints(house),
    ...alarmEndpoints(house),
    ...costAlarmEndpoints(house),
    ...eventEndpoints(house),
    ...notificationEndpoints(house),
  ]
  let document: { readonly [name: string]: unknown } | null = null
  const openapi = endpoint({
    operation: 'openapi.show',
    method: 'GET',
    path: '/openapi.json',
    summary: 'This API, as OpenAPI 3.1.',
    answer: z.looseObject({ openapi: z.literal('3.1.0') }),
    handle: () => {
      document ??= openapiDocument([...described, openapi], '/api/v1')
      return Promise.resolve({ data: { ...document, openapi: '3.1.0' as const } })
    },
  })
  return [...described, openapi]
}
