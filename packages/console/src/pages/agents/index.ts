import type { Page } from '../page.ts'
import { path } from './path.ts'
import { text } from './text.ts'

export const agentsPage: Page = {
  path,
  title: text.title,
  icon: 'agents',
  key: 'a',
  load: () => import('./agents-page.tsx'),
}
