import type { ConversationId, SwitchScope, UserId, WorkspaceId } from '@pointsman/contract'
import type { CompiledSnapshot } from '@pointsman/core'
import {
  findConversations,
  useCasesOfUsers,
  usersWithTarget,
  type ConversationRow,
  type Queryable,
  type SwitchRow,
} from '@pointsman/registry'

/** Whose notices somebody wants; both null = all of the workspace. */
export interface Interest {
  readonly workspace: WorkspaceId
  readonly userId: UserId | null
  readonly conversationId: ConversationId | null
  /** A signed-in user's: of what is somebody else's it is told nothing. */
  readonly ownOnly: boolean
}

/** What is known of those who want to be told: read once for all of them. */
export interface Touched {
  /** True where the next answer of the user or the conversation may come from another model by this switch. */
  by(row: SwitchRow, interest: Interest): boolean
}

/** The workspaces are few; one exists from the start. */
export async function readTouched(
  database: Queryable,
  snapshot: CompiledSnapshot,
  interests: readonly Interest[],
): Promise<Touched> {
  const workspaces = [...Map.groupBy(interests, ({ workspace }) => workspace)]
  const known = new Map<string, Known>()
  for (const [workspace, wanted] of workspaces)
    known.set(workspace, await readKnown(database, workspace, wanted))
  return {
    by: (row, interest) => {
      const { scope } = row.record
      if ('workspace' in scope && scope.workspace !== interest.workspace) return false
      if (interest.userId === null && interest.conversationId === null) return true
      const facts = known.get(interest.workspace)
      return facts !== undefined && touches(row, interest, { facts, snapshot })
    },
  }
}

interface Known {
  readonly conversations: ReadonlyMap<string, ConversationRow>
  readonly useCases: ReadonlyMap<string, ReadonlySet<string | null>>
  /** Users with a target of their own. */
  readonly pinnedUsers: ReadonlyMap<string, unknown>
}

async function readKnown(
  database: Queryable,
  workspace: WorkspaceId,
  interests: readonly Interest[],
): Promise<Known> {
  const ids = interests.flatMap(({ conversationId }) => conversationId ?? [])
  const rows = await findConversations(database, workspace, [...new Set(ids)])
  const owners = rows.flatMap(({ userId }) => userId ?? [])
  const users = [...new Set([...interests.flatMap(({ userId }) => userId ?? []), ...owners])]
  return {
    conversations: new Map(rows.map((row) => [row.id, row])),
    useCases: users.length === 0 ? new Map() : await useCasesOfUsers(database, workspace, users),
    pinnedUsers: users.length === 0 ? new Map() : await usersWithTarget(database, workspace, users),
  }
}

interface Setting {
  readonly facts: Known
  readonly snapshot: CompiledSnapshot
}

function touches(row: SwitchRow, { userId, conversationId, ownOnly }: Interest, setting: Setting): boolean {
  const { scope } = row.record
  if (conversationId !== null) {
    const conversation = setting.facts.conversations.get(conversationId) ?? null
    if (ownOnly && !isOf(userId, conversation, scope)) return false
    return touchesConversation(row, { id: conversationId, conversation, userId }, setting)
  }
  if (userId === null) return false
  if (scope.kind === 'user') return scope.id === userId
  if (scope.kind === 'conversation') return scope.userId === userId
  return touchesUser(row, userId, setting)
}

/** Asked at each notice: a conversation that had not begun when its stream was opened may have become anybody's. */
function isOf(userId: UserId | null, conversation: ConversationRow | null, scope: SwitchScope): boolean {
  if (conversation !== null && conversation.userId !== userId) return false
  return scope.kind !== 'conversation' || scope.userId === userId
}

/** A route's switch reaches a user who has no target and uses that route, or of whom nothing is known yet. */
function touchesUser({ record }: SwitchRow, userId: UserId, { facts, snapshot }: Setting): boolean {
  if (record.scope.kind === 'agent') return false
  if (facts.pinnedUsers.has(userId) && record.evidence['applyTo'] !== 'all') return false
  const used = facts.useCases.get(userId)
  return used === undefined || [...used].some((useCase) => reaches(snapshot, record.scope, useCase))
}

/** Whether a route's switch changes what a use case without a pin resolves to; null = the default. */
function reaches(snapshot: CompiledSnapshot, scope: SwitchScope, useCase: string | null): boolean {
  if (scope.kind === 'use-case') return scope.name === useCase
  if (scope.kind !== 'global') return false
  const route = useCase === null ? undefined : snapshot.useCases.get(useCase)
  return route === undefined || route.inheritsTarget
}

interface Subscribed {
  readonly id: ConversationId
  /** Null = it has not begun. */
  readonly conversation: ConversationRow | null
  /** Who says that it is theirs, where it has not begun. */
  readonly userId: UserId | null
}

/** What holds for a conversation: its own switch; else its pins, which a route's switch moves only with `applyTo: "all"`; else its owner's target; else its route's. */
function touchesConversation({ record }: SwitchRow, at: Subscribed, { facts, snapshot }: Setting): boolean {
  const { scope, id: switchId } = record
  const { conversation } = at
  if (scope.kind === 'conversation') return scope.id === at.id
  if (scope.kind === 'agent') return false
  const pins = conversation?.pins ?? []
  if (pins.some((pin) => pin.switchId === switchId)) return true
  const useCase = conversation?.useCase ?? null
  if (pins.some((pin) => pin.useCase === '*' || pin.useCase === (useCase ?? 'default'))) return false
  const owner = conversation?.userId ?? at.userId
  if (scope.kind === 'user') return scope.id === owner
  if (owner !== null && facts.pinnedUsers.has(owner)) return false
  return reaches(snapshot, scope, useCase)
}
