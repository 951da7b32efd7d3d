import { PointsmanError, switchId, type Principal } from '@pointsman/contract'
import {
  findConversation,
  findSwitch,
  listNotices,
  markNotificationShown,
  type SwitchRow,
} from '@pointsman/registry'
import { z } from 'zod'
import { conversationIdSchema, userIdSchema } from '../catalogue/schemas.ts'
import { unknownName } from '../catalogue/unknown-names.ts'
import type { ControlHouse } from '../house.ts'
import { endpoint, streamEndpoint, type Endpoint } from '../http/endpoint.ts'
import { instant } from '../instant.ts'
import { pageOf, pageQuery } from '../http/paging.ts'
import { noticeOf } from '../notices/notice.ts'
import { interestOf } from '../notices/notice-streams.ts'
import { isForeign } from '../switches/switching.ts'
import { scopeText } from '../switches/scope.ts'
import { notificationSchema, scopeSchema } from './switches.ts'

const noticeShown = notificationSchema.extend({
  id: z.string().describe('That of the switch which it tells of.'),
  switchId: z.string(),
  at: z.iso.datetime(),
  scope: scopeSchema,
  scopeText: z.string(),
  userId: z.string().nullable(),
  conversationId: z.string().nullable(),
  provider: z
    .string()
    .nullable()
    .describe('Who made the model: `amazon`, `anthropic`; null where the catalogue no longer knows it.'),
  from: z.string().nullable().describe('Display name of the model before; null = none, or not known.'),
  reason: z.string().nullable(),
  shown: z.boolean().describe('It was returned to the caller of the switch, or delivered to a subscriber.'),
})

const whose = {
  userId: userIdSchema.optional(),
  conversationId: conversationIdSchema.optional(),
}

// size: a declared table of endpoints
export const notificationEndpoints = (house: ControlHouse): readonly Endpoint[] => [
  endpoint({
    operation: 'notifications.list',
    method: 'GET',
    path: '/notifications',
    summary:
      'What people are told of switches, newest first; with a user or a conversation, of the switches that name it. A signed-in user sees its own.',
    query: z.strictObject({ ...pageQuery, ...whose }),
    answer: pageOf(noticeShown),
    handle: async ({ query: { limit, cursor = null, ...asked }, principal }) => {
      const { workspace, userId, conversationId } = interestOf(principal, asked)
      const { data, nextCursor } = await listNotices(house.database, {
        ...{ limit, cursor, workspace },
        ...(userId === null ? {} : { userId }),
        ...(conversationId === null ? {} : { conversationId }),
      })
      return { data: { data: data.map((row) => shown(house, row)), nextCursor } }
    },
  }),
  streamEndpoint({
    operation: 'notifications.stream',
    path: '/notifications/stream',
    summary:
      'The same as server-sent events, as they happen: every switch after which the next answer of this user or conversation may come from another model.',
    query: z.strictObject(whose),
    event: noticeShown,
    errors: ['not_found', 'overloaded', 'shutting_down', 'registry_unavailable'],
    open: async ({ query, principal, mayStay, signal, lastEventId }) => {
      const interest = interestOf(principal, query)
      await requireOwn(house, principal, interest.conversationId)
      const opener = { user: principal.userId, mayStay }
      const after = readSequence(lastEventId)
      return house.notices.open({ interest, opener, after, signal }, (row) => shown(house, row))
    },
  }),
  endpoint({
    operation: 'notifications.shown',
    method: 'POST',
    path: '/notifications/{id}/shown',
    summary: 'It was shown to whom it concerns.',
    pathParameters: z.strictObject({ id: z.string().min(1).max(200) }),
    answer: noticeShown,
    errors: ['not_found'],
    handle: async ({ path: { id }, principal }) => {
      const row = await findSwitch(house.database, switchId(id))
      if (row === null || !isTheirs(row, principal)) throw unknownName('not_found', 'Notification', id, [])
      await markNotificationShown(house.database, row.record.id)
      return { data: { ...shown(house, row), shown: true } }
    },
  }),
]

/** A refused attempt tells nobody anything. What moves a route may concern any user. */
function isTheirs(row: SwitchRow, principal: Principal): boolean {
  const { scope, refusal } = row.record
  if (refusal !== null || isForeign(row, principal)) return false
  if (principal.userId === null) return true
  if (scope.kind === 'user') return scope.id === principal.userId
  return scope.kind !== 'conversation' || scope.userId === principal.userId
}

/** A signed-in user may follow a conversation that has not begun, never one of somebody else. */
async function requireOwn(
  house: ControlHouse,
  principal: Principal,
  conversationId: Parameters<typeof findConversation>[2] | null,
): Promise<void> {
  if (principal.userId === null || conversationId === null) return
  const known = await findConversation(house.database, principal.workspace, conversationId)
  if (known === null || known.userId === principal.userId) return
  throw unknownName('not_found', 'Conversation', conversationId, [])
}

function readSequence(lastEventId: string | null): number | null {
  if (lastEventId === null || lastEventId === '') return null
  if (/^\d{1,15}$/.test(lastEventId)) return Number(lastEventId)
  throw new PointsmanError('invalid_request', '"Last-Event-ID" is not the id of an event of this stream.', {
    field: 'Last-Event-ID',
  })
}

const shown = ({ homeRegion, publishing }: ControlHouse, row: SwitchRow) => {
  const { id, scope, recordedAtMs, from, fromName, reason, to } = row.record
  const snapshot = publishing.holder.current()?.compiled ?? null
  const model = snapshot?.models.get(to ?? '')
  const owner = scope.kind === 'user' ? scope.id : scope.kind === 'conversation' ? scope.userId : null
  return {
    ...noticeOf(row, { snapshot, homeRegion }),
    ...{ id, switchId: id, scope, scopeText: scopeText(scope) },
    at: instant(recordedAtMs),
    userId: owner,
    conversationId: scope.kind === 'conversation' ? scope.id : null,
    provider: model?.vendor ?? null,
    from: fromName ?? from,
    reason,
    shown: row.notificationShown,
  }
}
