import type { Page } from '../page.ts'
import { path } from './path.ts'
import { text } from './text.ts'

export const modelsPage: Page = {
  path,
  title: text.title,
  icon: 'models',
  key: 'm',
  load: () => import('./models-page.tsx'),
}
