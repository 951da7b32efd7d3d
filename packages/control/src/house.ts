import type { Replicas } from './acknowledgements/replicas.ts'
import type { Alarms } from './alarms/alarms.ts'
import type { CostAlarms } from './alarms/cost-alarms.ts'
import type { ControlOptions } from './control-options.ts'
import type { Drills } from './drills/drills.ts'
import type { ChangeFeed } from './events/change-feed.ts'
import type { EventStreams } from './http/event-stream.ts'
import type { NoticeStreams } from './notices/notice-streams.ts'
import type { Publishing } from './publishing/publishing.ts'
import type { Switching } from './switches/switching.ts'

/** What every resource is built on: the ports and the services that all faces share. */
export interface ControlHouse extends ControlOptions {
  readonly homeRegion: string
  readonly publishing: Publishing
  readonly replicas: Replicas
  readonly switching: Switching
  readonly drills: Drills
  readonly alarms: Alarms
  readonly costAlarms: CostAlarms
  readonly feed: ChangeFeed
  readonly streams: EventStreams
  readonly notices: NoticeStreams
}
