import {
  keyId,
  PointsmanError,
  type Digests,
  type Key,
  type KeyScope,
  type ModelId,
  type Principal,
} from '@pointsman/contract'
import { digestKey } from '@pointsman/core'
import {
  findKey,
  insertKey,
  listKeys,
  revokeKey,
  type KeyRow,
  type Queryable,
  type Transaction,
} from '@pointsman/registry'
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
  readonly spendPerDayNanoUsd: number | null
  readonly expiresAtMs: number | null
  /** Tell an AWS access-key pair of it, too. */
  readonly aws: boolean
}

export interface MadeKey {
  readonly row: KeyRow
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

/** Throws PointsmanError `forbidden`, `invalid_request`, `route_not_found`, `refused` where an AWS pair is asked for and none are made here. */
export async function createKey(parts: KeyParts, principal: Principal, draft: KeyDraft): Promise<MadeKey> {
  requireUnlimited(principal)
  requireScopes(draft.scopes, principal)
  if (draft.expiresAtMs !== null && draft.expiresAtMs <= parts.clock.nowMs()) {
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
  return make(parts, principal, draft.aws, () => Promise.resolve(draft))
}

/**
 * A new key with the same rights in place of the old one, which ends in the same revision. Throws PointsmanError `not_found`, `refused` where it was revoked, `stale`.
 */
export async function rotateKey(
  parts: KeyParts,
  principal: Principal,
  id: string,
  options: { readonly ifMatch: number | null; readonly aws: boolean },
): Promise<MadeKey> {
  requireUnlimited(principal)
  return make(parts, principal, options.aws, async (transaction) => {
    const { key, revision, revokedAtMs } = await requireKey(transaction, principal, id)
    if (revokedAtMs !== null) {
      throw new PointsmanError('refused', `The key ${id} is revoked. Create a new one instead.`)
    }
    requireFresh(options.ifMatch, revision, `The key ${id}`)
    requireScopes(key.scopes, principal)
    await revokeKey(transaction, key.id)
    return key
  })
}

/** Ends a key at once, on every replica. Throws PointsmanError `not_found`, `stale`. */
export async function endKey(
  parts: KeyParts,
  principal: Principal,
  id: string,
  ifMatch: number | null,
): Promise<KeyRow> {
  requireUnlimited(principal)
  const { result, revision } = await parts.publishing.change(actorOf(principal), async (transaction) => {
    const row = await requireKey(transaction, principal, id)
    requireFresh(ifMatch, row.revision, `The key ${id}`)
    await revokeKey(transaction, row.key.id)
    return { changed: row.revokedAtMs === null, result: row.key.id }
  })
  if (revision !== null) await parts.replicas.settled(revision)
  return requireKey(parts.database, principal, result)
}

/** A key of this workspace, revoked ones too; another workspace's is not told of. */
async function requireKey(database: Queryable, principal: Principal, id: string): Promise<KeyRow> {
  const row = await findKey(database, keyId(id))
  if (row !== null && row.key.workspace === principal.workspace) return row
  throw new PointsmanError('not_found', `There is no key ${id}. GET /api/v1/keys lists them.`)
}

export const keysOf = (
  parts: KeyParts,
  principal: Principal,
  includeRevoked: boolean,
): Promise<readonly KeyRow[]> => listKeys(parts.database, { workspace: principal.workspace, includeRevoked })

/**
 * `rightsOf` runs under the lock of all registry writes: what it checks still holds when the key is written, so that of
 * two rotations at once the second is refused and no key is replaced by two.
 */
async function make(
  parts: KeyParts,
  principal: Principal,
  withAws: boolean,
  rightsOf: (transaction: Transaction) => Promise<Omit<KeyDraft, 'aws'>>,
): Promise<MadeKey> {
  const made = newKey(parts.randomBytes)
  const aws = withAws ? awsPair(parts, made.id) : null
  const { result, revision } = await parts.publishing.change(actorOf(principal), async (transaction) => {
    const rights = await rightsOf(transaction)
    const key: Key = {
      id: keyId(made.id),
      name: rights.name,
      workspace: principal.workspace,
      digest: digestKey(parts.digests, parts.pepper, made.key),
      scopes: rights.scopes,
      routes: rights.routes,
      models: rights.models,
      requestsPerMinute: rights.requestsPerMinute,
      spendPerDayNanoUsd: rights.spendPerDayNanoUsd,
      expiresAtMs: rights.expiresAtMs,
    }
    return { changed: true, result: await insertKey(transaction, { key, lastFour: made.key.slice(-4) }) }
  })
  if (revision !== null) await parts.replicas.settled(revision)
  return { row: result, key: made.key, aws }
}

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
