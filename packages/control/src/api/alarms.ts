import { PointsmanError } from '@pointsman/contract'
import { clearAlarm, findAlarm, listAlarms, type AlarmRow, type Page } from '@pointsman/registry'
import { z } from 'zod'
import { costAlarmKind } from '../alarms/cost-alarms.ts'
import { unknownName } from '../catalogue/unknown-names.ts'
import type { ControlHouse } from '../house.ts'
import { endpoint, type Endpoint } from '../http/endpoint.ts'
import { requireUnchanged } from '../http/entity-tag.ts'
import { instant, instantOrNull } from '../instant.ts'
import { pageOf, pageQuery } from '../http/paging.ts'

export const alarmSchema = z.object({
  id: z.string(),
  kind: z
    .string()
    .describe(
      '`revision_rejected`, `replica_refused`, `chain_broken`, `unrecorded_edit`, `prices_refused`, `journal_closed`, `database_away`, `database_full`, `cost`.',
    ),
  subject: z.string().describe('Whom it is about: a replica, a host, a revision.'),
  message: z.string(),
  since: z.iso.datetime(),
  clearedAt: z.iso.datetime().nullable().describe('Null = it stands.'),
})

const path = z.strictObject({ id: z.string().min(1).max(200) })

// size: a declared table of endpoints
export const alarmEndpoints = (house: ControlHouse): readonly Endpoint[] => [
  endpoint({
    operation: 'alarms.list',
    method: 'GET',
    path: '/alarms',
    summary:
      'What an operator should know, newest first: what stands, and with `includeCleared` what is over.',
    query: z.strictObject({ ...pageQuery, includeCleared: z.stringbool().default(false) }),
    answer: pageOf(alarmSchema),
    handle: async ({ query: { limit, cursor = null, includeCleared } }) => {
      const { data, nextCursor } = await listed(house, { limit, cursor, includeCleared })
      return { data: { data: data.map(showAlarm), nextCursor } }
    },
  }),
  endpoint({
    operation: 'alarms.show',
    method: 'GET',
    path: '/alarms/{id}',
    summary: 'One alarm.',
    pathParameters: path,
    answer: alarmSchema,
    errors: ['not_found'],
    handle: async ({ path: { id } }) => tagged(house, await requireAlarm(house, id)),
  }),
  endpoint({
    operation: 'alarms.clear',
    method: 'POST',
    path: '/alarms/{id}/clear',
    summary: 'Ends an alarm that somebody has seen. One whose cause stands is raised anew.',
    pathParameters: path,
    answer: alarmSchema,
    conditional: true,
    errors: ['not_found'],
    handle: async ({ path: { id }, ifMatch }) => {
      const alarm = await requireAlarm(house, id)
      requireUnchanged(ifMatch, tagOf(house, alarm), `The alarm ${id}`)
      const cleared = await (alarm.kind === costAlarmKind
        ? house.costAlarms.clear(alarm)
        : clearAlarm(house.database, id))
      const answer = tagged(house, await requireAlarm(house, id))
      // Somebody else was quicker.
      if (!cleared) requireUnchanged(ifMatch, answer.revision, `The alarm ${id}`)
      return answer
    },
  }),
]

/** It makes no revision, and is worded anew while it stands: the time of its last change would not tell. */
const tagOf = ({ digests }: Pick<ControlHouse, 'digests'>, { changedAtMs, message }: AlarmRow): number =>
  Number.parseInt(digests.sha256Hex(`${changedAtMs} ${message}`).slice(0, 12), 16)

const tagged = (house: ControlHouse, alarm: AlarmRow) => ({
  data: showAlarm(alarm),
  revision: tagOf(house, alarm),
})

/** Where the registry is away, that is the alarm: told from what this process knows. */
async function listed(
  house: ControlHouse,
  filter: Parameters<typeof listAlarms>[1],
): Promise<Page<AlarmRow>> {
  try {
    return await listAlarms(house.database, filter)
  } catch (error) {
    if (!(error instanceof PointsmanError) || error.code !== 'registry_unavailable') throw error
    return { data: house.alarms.remembered().slice(0, filter.limit), nextCursor: null }
  }
}

async function requireAlarm(house: ControlHouse, id: string): Promise<AlarmRow> {
  const row = await findAlarm(house.database, id)
  if (row === null) throw unknownName('not_found', 'Alarm', id, [])
  return row
}

export const showAlarm = ({ raisedAtMs, clearedAtMs, changedAtMs: _changedAtMs, ...told }: AlarmRow) => ({
  ...told,
  since: instant(raisedAtMs),
  clearedAt: instantOrNull(clearedAtMs),
})
