import type { Page } from '../page.ts'
import { path } from './path.ts'
import { text } from './text.ts'

export const routesPage: Page = {
  path,
  title: text.title,
  icon: 'routes',
  key: 'r',
  load: () => import('./routes-page.tsx'),
}
