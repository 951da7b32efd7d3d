import type { ControlHouse } from '../house.ts'
import { providersOf } from '../switches/perform.ts'
import type { ItemContext } from './model-item.ts'

/** What an entry is shown by: the revision in force, the instant, the server's region and what it can call. */
export const itemContext = (
  house: ControlHouse,
): ItemContext & { readonly providers: ReturnType<typeof providersOf> } => ({
  snapshot: house.publishing.holder.required().compiled,
  nowMs: house.clock.nowMs(),
  homeRegion: house.homeRegion,
  providers: providersOf(house),
})
