import type { ConversationId, Principal } from '@pointsman/contract'
import {
  findConversation,
  listConversations,
  listSwitches,
  type ConversationRow,
  type SwitchRow,
} from '@pointsman/registry'
import { z } from 'zod'
import { conversationIdSchema, userIdSchema } from '../catalogue/schemas.ts'
import { unknownName } from '../catalogue/unknown-names.ts'
import type { ControlHouse } from '../house.ts'
import { endpoint, type Endpoint } from '../http/endpoint.ts'
import { instant } from '../instant.ts'
import { pageOf, pageQuery } from '../http/paging.ts'
import { scopeRevision } from '../switches/scope-revision.ts'
import { isForeign } from '../switches/switching.ts'
import { showSwitch, switchSchema } from './switches.ts'

const conversationShown = z.object({
  id: z.string(),
  userId: z.string().nullable().describe('Its owner; null = it began without one.'),
  useCase: z.string().nullable().describe('That of its latest message or switch.'),
  pins: z
    .array(
      z.object({
        useCase: z.string().describe('`*` holds for every use case that has no pin of its own.'),
        modelId: z.string(),
        switchId: z.string().nullable().describe('The switch that set it; null = it began with this model.'),
      }),
    )
    .describe('The models that it keeps.'),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime().describe('When a pin, its owner or its use case changed last.'),
  lastActivityAt: z.iso.datetime().describe('The latest of its changes and its recorded requests.'),
})

const withHistory = conversationShown.extend({
  switches: z.array(switchSchema).describe('Its own switches, newest first, at most 100.'),
  revision: z
    .number()
    .describe('That of the last switch that moved it, its own or one of its route; 0 before one.'),
})

const maxSwitchesShown = 100

// size: a declared table of endpoints
export const conversationEndpoints = (house: ControlHouse): readonly Endpoint[] => [
  endpoint({
    operation: 'conversations.list',
    method: 'GET',
    path: '/conversations',
    summary: 'Conversations of this workspace, last changed first. A signed-in user sees its own.',
    query: z.strictObject({ ...pageQuery, userId: userIdSchema.optional() }),
    answer: pageOf(conversationShown),
    handle: async ({ query: { limit, cursor = null, userId }, principal }) => {
      const owner = principal.userId ?? userId
      const { data, nextCursor } = await listConversations(house.database, {
        workspace: principal.workspace,
        ...(owner === undefined ? {} : { userId: owner }),
        limit,
        cursor,
      })
      return { data: { data: data.map(shown), nextCursor } }
    },
  }),
  endpoint({
    operation: 'conversations.show',
    method: 'GET',
    path: '/conversations/{id}',
    summary: 'One conversation with the history of its switches.',
    pathParameters: z.strictObject({ id: conversationIdSchema }),
    answer: withHistory,
    errors: ['not_found'],
    handle: async ({ path: { id }, principal }) => {
      const row = await requireConversation(house, principal, id)
      const { workspace } = row
      const scope = { kind: 'conversation', workspace, id, userId: row.userId, useCase: null } as const
      const revision = await scopeRevision(house.database, scope)
      const switches = await switchesOf(house, principal, id)
      return { data: { ...shown(row), switches: switches.map(showSwitch), revision }, revision }
    },
  }),
]

/** Another workspace's, and for a signed-in user another user's, is told of like one that does not exist. */
async function requireConversation(
  house: ControlHouse,
  principal: Principal,
  id: ConversationId,
): Promise<ConversationRow> {
  const row = await findConversation(house.database, principal.workspace, id)
  const isTheirs = row !== null && (principal.userId === null || row.userId === principal.userId)
  if (!isTheirs) throw unknownName('not_found', 'Conversation', id, [])
  return row
}

async function switchesOf(
  house: ControlHouse,
  principal: Principal,
  id: ConversationId,
): Promise<readonly SwitchRow[]> {
  const { data } = await listSwitches(house.database, {
    conversationId: id,
    limit: maxSwitchesShown,
    cursor: null,
  })
  return data.filter((row) => !isForeign(row, principal))
}

const shown = (row: ConversationRow) => ({
  id: row.id,
  userId: row.userId,
  useCase: row.useCase,
  pins: row.pins,
  createdAt: instant(row.createdAtMs),
  updatedAt: instant(row.updatedAtMs),
  lastActivityAt: instant(Math.max(row.updatedAtMs, row.lastRequestAtMs ?? 0)),
})
