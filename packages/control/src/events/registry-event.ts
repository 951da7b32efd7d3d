import type { HeldCircuit, Principal } from '@pointsman/contract'
import type {
  AcknowledgementRow,
  AlarmRow,
  ChangePlace,
  Changes,
  DrillRow,
  ReplicaRow,
  RevisionRow,
  SwitchRow,
} from '@pointsman/registry'
import { isForeign } from '../switches/switching.ts'

/** One change of the registry, as rows tell it. */
export type RegistryEvent =
  | {
      readonly kind: 'revision'
      readonly state: 'recorded' | 'published' | 'rejected'
      readonly row: RevisionRow
    }
  | { readonly kind: 'switch'; readonly row: SwitchRow }
  | { readonly kind: 'acknowledgement'; readonly row: AcknowledgementRow }
  | { readonly kind: 'replica'; readonly state: 'joined' | 'left'; readonly row: ReplicaRow }
  | {
      readonly kind: 'circuit'
      readonly state: 'opened' | 'closed'
      readonly replica: ReplicaRow['id']
      readonly circuit: HeldCircuit
    }
  | { readonly kind: 'alarm'; readonly state: 'raised' | 'cleared'; readonly row: AlarmRow }
  | { readonly kind: 'drill'; readonly state: 'started' | 'ended'; readonly row: DrillRow }

/** With the place from where the next ones follow. */
export interface PlacedEvent {
  readonly place: ChangePlace
  readonly event: RegistryEvent
}

/** What a change is known by, where it may be read twice. */
export function keyOf(event: RegistryEvent): string {
  switch (event.kind) {
    case 'revision':
      return `revision ${event.row.revision.number} ${event.state}`
    case 'switch':
      return `switch ${event.row.record.sequence}`
    case 'acknowledgement': {
      const { replica, revision, problem } = event.row
      return `acknowledgement ${revision} ${replica} ${problem ?? ''}`
    }
    case 'replica':
      return `replica ${event.row.id} ${event.state}`
    case 'circuit': {
      const { modelId, region, sinceMs } = event.circuit
      return `circuit ${event.replica} ${modelId}@${region} ${sinceMs} ${event.state}`
    }
    case 'alarm':
      return `alarm ${event.row.id} ${event.state}`
    case 'drill':
      return `drill ${event.row.id} ${event.state}`
    default:
      return event satisfies never
  }
}

/** In the order in which one change leads to the next; each place covers the events up to it and no others. */
export function eventsOf(changes: Changes, from: ChangePlace): readonly PlacedEvent[] {
  let place = from
  const events: PlacedEvent[] = []
  const add = (event: RegistryEvent, next: Partial<ChangePlace>): void => {
    place = { ...place, ...next }
    events.push({ place, event })
  }
  for (const row of changes.recorded) {
    add({ kind: 'revision', state: 'recorded', row }, { recorded: row.revision.number })
  }
  for (const row of changes.switches) add({ kind: 'switch', row }, { switches: row.record.sequence })
  for (const row of changes.settled) {
    const state = row.state === 'rejected' ? 'rejected' : 'published'
    add({ kind: 'revision', state, row }, { settled: row.revision.number })
  }
  for (const row of changes.acknowledgements) add({ kind: 'acknowledgement', row }, {})
  for (const row of changes.alarms) {
    add({ kind: 'alarm', state: row.clearedAtMs === null ? 'raised' : 'cleared', row }, {})
  }
  for (const row of changes.drills)
    add({ kind: 'drill', state: row.end === null ? 'started' : 'ended', row }, {})
  const last = events.at(-1)
  if (last !== undefined) events[events.length - 1] = { ...last, place: changes.place }
  return events
}

/** Switches of another workspace's users and conversations are not told of. */
export const mayBeTold = ({ event }: PlacedEvent, principal: Principal): boolean =>
  event.kind !== 'switch' || !isForeign(event.row, principal)
