import type { ControlHouse } from '../house.ts'
import type { ItemContext } from './model-item.ts'

/** What an entry is shown by: the revision in force, the instant, the server's region. */
export const itemContext = (house: ControlHouse): ItemContext => ({
  snapshot: house.publishing.holder.required().compiled,
  nowMs: house.clock.nowMs(),
  homeRegion: house.homeRegion,
})
