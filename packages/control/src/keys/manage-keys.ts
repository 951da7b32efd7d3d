import {
  canonicalJson,
  keyId,
  PointsmanError,
  type Digests,
  type Key,
  type KeyId,
  type KeyScope,
  type ModelId,
  type Principal,
} from '@pointsman/contract'
import { digestKey } from '@pointsman/core'
import {
  changeKey,
  findKey,
  insertKey,
  replaceKey,
  revokeKey,
  type KeyRow,
  type Queryable,
  type Transaction,
} from '@pointsman/registry'
import type { Behind } from '../acknowledgements/replicas.ts'
import type { RandomBytes } from '../ports.ts'
import { requireFresh } from '../http/entity-tag.ts'
import { unknownName } from '../catalogue/unknown-names.ts'
import { actorOf } from '../switches/actor.ts'
import type { SwitchParts } from '../switches/perform.ts'
import { newKey } from './key-format.ts'
import { requireUnlimited } from './limits.ts'

export interface KeyDraft {
  readonly name: string
  readonly scopes: readonly KeyScope[]
  readonly routes: readonly string[] | null
  readonly models: readonly ModelId[] | null
  readonly requestsPerMinute: number | null
  readonly tokensPerMinute: number | null
  readonly concurrentRequests: number | null
  readonly spendPerDayNanoUsd: number | null
  readonly spendPerMonthNanoUsd: number | null
  readonly expiresAtMs: number | null
  /** Tell an AWS access-key pair of it, too. */
  readonly aws: boolean
}

/** A key as it stands now, and who does not know of it yet. */
export interface ChangedKey extends Behind {
  readonly row: KeyRow
}

export interface MadeKey extends ChangedKey {
  /** The whole key. Nobody can tell it again. */
  readonly key: string
  readonly aws: AwsPair | null
}

/** The same key for clients that sign as AWS's do: its id, and a secret that the master key yields. */
export interface AwsPair {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export interface KeyParts extends SwitchParts {
  readonly digests: Digests
  readonly randomBytes: RandomBytes
  readonly pepper: Uint8Array
  readonly awsSecretOf?: (keyId: string) => string
}

/** What may be changed of a key while it is used; what is absent stays. */
export type KeyChange = Partial<Omit<KeyDraft, 'scopes' | 'aws'>>

/** Throws PointsmanError `forbidden`, `invalid_request`, `route_not_found`, `refused` where an AWS pair is asked for and none are made here. */
export async function createKey(parts: KeyParts, principal: Principal, draft: KeyDraft): Promise<MadeKey> {
  requireUnlimited(principal)
  requireScopes(draft.scopes, principal)
  requireKnown(parts, draft)
  return make(parts, principal, draft.aws, () => Promise.resolve(rightsOf(draft)))
}

/** An end that is to come, routes and models that there are. */
function requireKnown(parts: KeyParts, draft: KeyChange): void {
  const { expiresAtMs = null } = draft
  if (expiresAtMs !== null && expiresAtMs <= parts.clock.nowMs()) {
    throw new PointsmanError(
      'invalid_request',
      '"expiresAt" is past. Name a later instant, or leave it out.',
      { field: 'expiresAt' },
    )
  }
  const { routes, models } = parts.publishing.holder.required().compiled
  const unknown = draft.routes?.find((route) => !routes.has(route))
  if (unknown !== undefined) {
    throw new PointsmanError(
      'route_not_found',
      `Route not found: ${unknown}. Routes are written "use-case/clinical", "agent/sql_agent" or "default".`,
      { field: 'routes' },
    )
  }
  const stranger = draft.models?.find((model) => !models.has(model))
  if (stranger !== undefined) {
    const { message, details } = unknownName('model_not_found', 'Model', stranger, models.keys())
    throw new PointsmanError('model_not_found', message, { ...details, field: 'models' })
  }
}

export interface KeyEdit {
  readonly id: string
  readonly ifMatch: number | null
  readonly change: KeyChange
}

/**
 * Another name, other limits, another end, while it goes on being used: what it used of a limit stays used. Throws
 * PointsmanError `forbidden`, `not_found`, `refused` where it is revoked or replaced, `stale`, and as `createKey`.
 */
export async function editKey(
  parts: KeyParts,
  principal: Principal,
  { change, id, ifMatch }: KeyEdit,
): Promise<ChangedKey> {
  requireUnlimited(principal)
  requireKnown(parts, change)
  const { result, revision } = await parts.publishing.change(actorOf(principal), async (transaction) => {
    const row = await requireKey(transaction, principal, id)
    requireFresh(ifMatch, row.revision, `The key ${id}`)
    // Nobody makes a key wider that has rights which they lack.
    requireScopes(row.key.scopes, principal)
    if (row.revokedAtMs !== null || row.replacedBy !== null) {
      const why = row.revokedAtMs !== null ? 'is revoked' : `was replaced by ${row.replacedBy ?? ''}`
      throw new PointsmanError('refused', `The key ${id} ${why}. What it may do cannot be changed any more.`)
    }
    const { budget, digest, id: named, workspace } = row.key
    // Built from what stays, not over the whole old key: a limit that is taken away is left out, and would be kept.
    const key: Key = {
      ...{ id: named, workspace, digest, ...(budget === undefined ? {} : { budget }) },
      ...rightsOf({ ...draftOf(row.key), ...change }),
    }
    if (canonicalJson({ ...key }) === canonicalJson({ ...row.key })) return { changed: false, result: row }
    return { changed: true, result: await changeKey(transaction, key) }
  })
  return { row: result, ...(await parts.replicas.settled(revision)) }
}

const draftOf = (key: Key): Omit<KeyDraft, 'aws'> => ({
  name: key.name,
  scopes: key.scopes,
  routes: key.routes,
  models: key.models,
  requestsPerMinute: key.requestsPerMinute,
  tokensPerMinute: key.tokensPerMinute ?? null,
  concurrentRequests: key.concurrentRequests ?? null,
  spendPerDayNanoUsd: key.spendPerDayNanoUsd,
  spendPerMonthNanoUsd: key.spendPerMonthNanoUsd ?? null,
  expiresAtMs: key.expiresAtMs,
})

export interface Rotation {
  readonly ifMatch: number | null
  readonly aws: boolean
  /** Until when the old key stays good; null = it ends in the same revision. */
  readonly untilMs: number | null
}

/**
 * A new key with the same rights in place of the old one. Both count into one budget, so that a rotation gives nothing back
 * that was used. Throws PointsmanError `not_found`, `refused` where it has ended or was replaced, `stale`.
 */
export async function rotateKey(
  parts: KeyParts,
  principal: Principal,
  id: string,
  { aws, ifMatch, untilMs }: Rotation,
): Promise<MadeKey> {
  requireUnlimited(principal)
  const nowMs = parts.clock.nowMs()
  if (untilMs !== null && untilMs <= nowMs) {
    throw new PointsmanError(
      'invalid_request',
      '"until" is past. Name a later instant, or leave it out: the old key then ends at once.',
      { field: 'until' },
    )
  }
  return make(parts, principal, aws, async (transaction, newId) => {
    const row = await requireKey(transaction, principal, id)
    requireRotatable(row, nowMs)
    requireFresh(ifMatch, row.revision, `The key ${id}`)
    requireScopes(row.key.scopes, principal)
    await replaceKey(transaction, row.key.id, { by: newId, endsAtMs: untilMs })
    return { ...row.key, budget: row.key.budget ?? row.key.id }
  })
}

function requireRotatable({ key, replacedBy, revokedAtMs }: KeyRow, nowMs: number): void {
  const ended = key.expiresAtMs !== null && key.expiresAtMs <= nowMs
  if (revokedAtMs === null && !ended && replacedBy === null) return
  const why =
    revokedAtMs !== null
      ? 'is revoked'
      : ended
        ? 'has ended'
        : `was replaced by ${replacedBy ?? ''} already, which can be rotated`
  throw new PointsmanError('refused', `The key ${key.id} ${why}. Create a new one instead.`)
}

/** Ends a key at once, on every replica that can be reached. Throws PointsmanError `not_found`, `stale`. */
export async function endKey(
  parts: KeyParts,
  principal: Principal,
  id: string,
  ifMatch: number | null,
): Promise<ChangedKey> {
  requireUnlimited(principal)
  const { result, revision } = await parts.publishing.change(actorOf(principal), async (transaction) => {
    const row = await requireKey(transaction, principal, id)
    requireFresh(ifMatch, row.revision, `The key ${id}`)
    await revokeKey(transaction, row.key.id)
    return { changed: row.revokedAtMs === null, result: row.key.id }
  })
  const behind = await parts.replicas.settled(revision)
  return { row: await requireKey(parts.database, principal, result), ...behind }
}

/** A key of this workspace, revoked ones too; another workspace's is not told of. */
export async function requireKey(database: Queryable, principal: Principal, id: string): Promise<KeyRow> {
  const row = await findKey(database, keyId(id))
  if (row !== null && row.key.workspace === principal.workspace) return row
  throw new PointsmanError('not_found', `There is no key ${id}. GET /api/v1/keys lists them.`)
}

/**
 * `rightsUnder` runs under the lock of all registry writes: what it checks still holds when the key is written, so that of
 * two rotations at once the second is refused and no key is replaced by two.
 */
async function make(
  parts: KeyParts,
  principal: Principal,
  withAws: boolean,
  rightsUnder: (transaction: Transaction, id: KeyId) => Promise<Rights>,
): Promise<MadeKey> {
  const made = newKey(parts.randomBytes)
  const id = keyId(made.id)
  const aws = withAws ? awsPair(parts, made.id) : null
  const { result, revision } = await parts.publishing.change(actorOf(principal), async (transaction) => {
    const rights = await rightsUnder(transaction, id)
    const key: Key = {
      ...rights,
      id,
      workspace: principal.workspace,
      digest: digestKey(parts.digests, parts.pepper, made.key),
    }
    return { changed: true, result: await insertKey(transaction, { key, lastFour: made.key.slice(-4) }) }
  })
  return { row: result, key: made.key, aws, ...(await parts.replicas.settled(revision)) }
}

/** A key but for what makes it itself. */
type Rights = Omit<Key, 'id' | 'workspace' | 'digest'>

const rightsOf = (draft: Omit<KeyDraft, 'aws'>): Rights => ({
  name: draft.name,
  scopes: draft.scopes,
  routes: draft.routes,
  models: draft.models,
  requestsPerMinute: draft.requestsPerMinute,
  spendPerDayNanoUsd: draft.spendPerDayNanoUsd,
  expiresAtMs: draft.expiresAtMs,
  ...(draft.tokensPerMinute === null ? {} : { tokensPerMinute: draft.tokensPerMinute }),
  ...(draft.concurrentRequests === null ? {} : { concurrentRequests: draft.concurrentRequests }),
  ...(draft.spendPerMonthNanoUsd === null ? {} : { spendPerMonthNanoUsd: draft.spendPerMonthNanoUsd }),
})

function awsPair({ awsSecretOf }: KeyParts, id: string): AwsPair {
  if (awsSecretOf !== undefined) return { accessKeyId: id, secretAccessKey: awsSecretOf(id) }
  throw new PointsmanError('refused', 'This server makes no AWS access-key pairs. Leave "aws" out.', {
    field: 'aws',
  })
}

/** Nobody gives away rights that they do not have. */
function requireScopes(scopes: readonly KeyScope[], principal: Principal): void {
  const missing = scopes.find((scope) => !principal.scopes.includes(scope))
  if (missing === undefined) return
  throw new PointsmanError('forbidden', `A key without the scope "${missing}" cannot make one that has it.`, {
    field: 'scopes',
  })
}
