import type { Page } from './page.ts'
import { switchesPage } from './switches/index.ts'

/** In the order of the navigation. */
export const pages: readonly Page[] = [switchesPage]
