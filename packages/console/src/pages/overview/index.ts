import type { Page } from '../page.ts'
import { path } from './path.ts'
import { text } from './text.ts'

export const overviewPage: Page = {
  path,
  title: text.title,
  icon: 'overview',
  key: 'o',
  load: () => import('./overview-page.tsx'),
}
