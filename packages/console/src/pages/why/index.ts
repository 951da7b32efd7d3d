import type { Page } from '../page.ts'
import { path } from './path.ts'
import { text } from './text.ts'

export const whyPage: Page = {
  path,
  title: text.title,
  icon: 'why',
  key: 'w',
  load: () => import('./why-page.tsx'),
}
