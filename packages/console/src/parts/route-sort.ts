import type { RouteQuestion, RouteSort } from '@pointsman/sdk'
import type { Sorting } from './data-table.tsx'

const sorts = ['name', 'model', 'modelName', 'provider', 'inherits'] as const satisfies readonly RouteSort[]

/** What the server is asked for by: columns that it sorts by have its words as their keys. */
export function routeSort(sorting: Sorting | null): Pick<RouteQuestion, 'sort' | 'descending'> {
  const sort = sorts.find((known) => known === sorting?.key)
  return sort === undefined || sorting === null ? {} : { sort, descending: sorting.descending }
}
