import type { ComponentType } from 'react'
import type { IconName } from '../parts/icon.tsx'

/** A page of the console: one folder, which owns everything below its path. */
export interface Page {
  /** `/switches`; what stands below it in an address is the page's own to read (`useBelow`). */
  readonly path: string
  readonly title: string
  readonly icon: IconName
  /** The second key of its shortcut: `s` = press g, then s. */
  readonly key: string
  /** Its code comes when it is opened first. */
  readonly load: () => Promise<{ readonly default: ComponentType }>
}
