import { agentsPage } from './agents/index.ts'
import { overviewPage } from './overview/index.ts'
import { modelsPage } from './models/index.ts'
import type { Page } from './page.ts'
import { playgroundPage } from './playground/index.ts'
import { providersPage } from './providers/index.ts'
import { routesPage } from './routes/index.ts'
import { switchesPage } from './switches/index.ts'
import { usagePage } from './usage/index.ts'
import { whyPage } from './why/index.ts'

/** In the order of the navigation; the first is where one begins. */
export const pages: readonly Page[] = [
  overviewPage,
  modelsPage,
  routesPage,
  switchesPage,
  agentsPage,
  providersPage,
  usagePage,
  whyPage,
  playgroundPage,
]
