import type { RouteItem } from '@pointsman/sdk'
import type { Column } from './table.ts'

export const routeColumns: readonly Column[] = [
  { heading: 'NAME' },
  { heading: 'SERVED BY' },
  { heading: 'SET', drop: 4 },
  { heading: 'AUTO-SWITCH', drop: 3 },
  { heading: 'OBJECTIVE', drop: 2 },
  { heading: 'CANDIDATES', align: 'right', drop: 1 },
]

export const routeRow = (route: RouteItem): readonly string[] => [
  route.name,
  route.serves,
  route.inherits ? 'inherited' : 'own',
  route.autoSwitch,
  route.objective,
  String(route.candidates.length),
]
