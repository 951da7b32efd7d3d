import type { Page } from '../page.ts'
import { path } from './path.ts'
import { text } from './text.ts'

export const providersPage: Page = {
  path,
  title: text.title,
  icon: 'providers',
  key: 'p',
  load: () => import('./providers-page.tsx'),
}
