import type { Page } from '../page.ts'
import { path } from './path.ts'
import { text } from './text.ts'

export const usagePage: Page = {
  path,
  title: text.title,
  icon: 'usage',
  key: 'u',
  load: () => import('./usage-page.tsx'),
}
