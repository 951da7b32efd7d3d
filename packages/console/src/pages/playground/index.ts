import type { Page } from '../page.ts'
import { path } from './path.ts'
import { text } from './text.ts'

export const playgroundPage: Page = {
  path,
  title: text.title,
  icon: 'playground',
  key: 'l',
  load: () => import('./playground-page.tsx'),
}
