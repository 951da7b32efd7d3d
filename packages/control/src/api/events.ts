import type { Principal } from '@pointsman/contract'
import { z } from 'zod'
import { placeText, readPlace } from '../events/change-place.ts'
import { keyOf, mayBeTold, type PlacedEvent, type RegistryEvent } from '../events/registry-event.ts'
import type { ControlHouse } from '../house.ts'
import { streamEndpoint, type Endpoint } from '../http/endpoint.ts'
import type { EventWriter } from '../http/event-stream.ts'
import { alarmSchema, showAlarm } from './alarms.ts'
import { drillSchema, showDrill } from './drills.ts'
import { instant } from '../instant.ts'
import { showSwitch, switchSchema } from './switches.ts'

const revision = z.object({ epoch: z.number(), number: z.number() })
const actor = z.object({ kind: z.string(), id: z.string() })

const registryEvent = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('revision'),
    state: z.enum(['recorded', 'published', 'rejected']),
    revision,
    actor,
    at: z.iso.datetime(),
    error: z.string().nullable(),
  }),
  z.object({ kind: z.literal('switch'), at: z.iso.datetime(), switch: switchSchema }),
  z.object({
    kind: z.literal('acknowledgement'),
    replica: z.string(),
    revision: z.number(),
    at: z.iso.datetime(),
    lagMs: z.number().nullable().describe('From the publication to the acknowledgement.'),
    problem: z.string().nullable().describe('Why the replica could not take it.'),
  }),
  z.object({
    kind: z.literal('replica'),
    state: z.enum(['joined', 'left']),
    replica: z.object({
      id: z.string(),
      host: z.string(),
      title: z.string(),
      kind: z.enum(['leased', 'pull']),
    }),
  }),
  z.object({
    kind: z.literal('circuit'),
    state: z.enum(['opened', 'closed']),
    replica: z.string().describe('Who holds the model back, or no longer does.'),
    modelId: z.string(),
    region: z.string(),
    cause: z.enum(['failures', 'told']).describe('`told`: the vendor named the time (Retry-After).'),
    since: z.iso.datetime(),
    until: z.iso.datetime().describe('As it was told last; from then on one call at a time tries it.'),
  }),
  z.object({ kind: z.literal('alarm'), state: z.enum(['raised', 'cleared']), alarm: alarmSchema }),
  z.object({ kind: z.literal('drill'), state: z.enum(['started', 'ended']), drill: drillSchema }),
  z.object({
    kind: z.literal('gap'),
    message: z
      .string()
      .describe('More came since the last event that was seen than is told again: read the lists.'),
  }),
])

export const eventEndpoints = (house: ControlHouse): readonly Endpoint[] => [
  streamEndpoint({
    operation: 'events.stream',
    path: '/events',
    summary:
      'Every change of the registry as it happens: revisions, switches, acknowledgements with their lag, replicas, circuits, alarms, drills. Each at least once.',
    event: registryEvent,
    errors: ['overloaded', 'shutting_down', 'registry_unavailable'],
    open: async ({ principal, mayStay, signal, lastEventId }) => {
      const after = lastEventId === null || lastEventId === '' ? null : readPlace(lastEventId)
      const left = new AbortController()
      const { stream, writer } = house.streams.open(signal, () => left.abort(), {
        user: principal.userId,
        mayStay,
      })
      const teller = createTeller(writer, principal)
      try {
        const place = await house.feed.follow(teller.tell, left.signal)
        if (after === null) {
          writer.place(placeText(place))
          teller.begin([])
        } else {
          const { events, complete } = await house.feed.since(after)
          if (!complete) teller.gap()
          teller.begin(complete ? events : [])
        }
      } catch (error) {
        writer.end('shutting_down')
        throw error
      }
      return stream
    },
  }),
]

/** Past events come first: what happens meanwhile waits, and is not told twice. */
function createTeller(writer: EventWriter, principal: Principal) {
  let waiting: PlacedEvent[] | null = []
  const past = new Set<string>()
  const send = (placed: PlacedEvent): void => {
    if (past.has(keyOf(placed.event)) || !mayBeTold(placed, principal)) return
    writer.send({ id: placeText(placed.place), event: placed.event.kind, data: shown(placed.event) })
  }
  return {
    tell: (events: readonly PlacedEvent[]): void => {
      if (waiting === null) events.forEach(send)
      else waiting.push(...events)
    },
    begin(events: readonly PlacedEvent[]): void {
      events.forEach(send)
      for (const { event } of events) past.add(keyOf(event))
      const late = waiting ?? []
      waiting = null
      late.forEach(send)
    },
    gap(): void {
      const message = 'More changed since the last event that was seen than is told again: read the lists.'
      writer.send({ event: 'gap', data: { kind: 'gap', message } })
    },
  }
}

function shown(event: RegistryEvent): z.input<typeof registryEvent> {
  switch (event.kind) {
    case 'revision': {
      const { row, state } = event
      const at = state === 'recorded' ? row.recordedAtMs : (row.settledAtMs ?? row.recordedAtMs)
      const told = { revision: row.revision, actor: row.actor, at: instant(at) }
      return { kind: 'revision', state, ...told, error: state === 'recorded' ? null : row.error }
    }
    case 'switch': {
      const { row } = event
      const told = showSwitch(row) as z.input<typeof switchSchema>
      return { kind: 'switch', at: instant(row.record.recordedAtMs), switch: told }
    }
    case 'acknowledgement': {
      const { replica, revision: number, acknowledgedAtMs, lagMs, problem } = event.row
      return {
        kind: 'acknowledgement',
        replica,
        revision: number,
        at: instant(acknowledgedAtMs),
        lagMs,
        problem,
      }
    }
    case 'replica': {
      const { id, host, title, kind } = event.row
      return { kind: 'replica', state: event.state, replica: { id, host, title, kind } }
    }
    case 'circuit': {
      const { modelId, region, cause, sinceMs, untilMs } = event.circuit
      const told = { modelId, region, cause, since: instant(sinceMs), until: instant(untilMs) }
      return { kind: 'circuit', state: event.state, replica: event.replica, ...told }
    }
    case 'alarm':
      return { kind: 'alarm', state: event.state, alarm: showAlarm(event.row) }
    case 'drill':
      return { kind: 'drill', state: event.state, drill: showDrill(event.row, event.row.startedAtMs) }
    default:
      return event satisfies never
  }
}
