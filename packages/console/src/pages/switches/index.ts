import type { Page } from '../page.ts'
import { path } from './path.ts'
import { text } from './text.ts'

export const switchesPage: Page = {
  path,
  title: text.title,
  icon: 'switches',
  key: 's',
  load: () => import('./switches-page.tsx'),
}
