import {
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
import { findKey, insertKey, listKeys, revokeKey, type KeyRow } from '@pointsman/registry'
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
  return insert(parts, principal, draft)
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
  const row = await requireKey(parts, principal, id)
  if (row.revokedAtMs !== null) {
    throw new PointsmanError('refused', `The key ${id} is revoked. Create a new one instead.`)
  }
  requireFresh(options.ifMatch, row.revision, `The key ${id}`)
  requireScopes(row.key.scopes, principal)
  return insert(parts, principal, { ...row.key, aws: options.aws }, row.key.id)
}

/** Ends a key at once, on every replica. Throws PointsmanError `not_found`, `stale`. */
export async function endKey(
  parts: KeyParts,
  principal: Principal,
  id: string,
  ifMatch: number | null,
): Promise<KeyRow> {
  requireUnlimited(principal)
  const row = await requireKey(parts, principal, id)
  requireFresh(ifMatch, row.revision, `The key ${id}`)
  const { revision } = await parts.publishing.change(actorOf(principal), async (transaction) => {
    await revokeKey(transaction, row.key.id)
    return { changed: row.revokedAtMs === null, result: null }
  })
  if (revision !== null) await parts.replicas.settled(revision)
  return requireKey(parts, principal, id)
}

/** A key of this workspace, revoked ones too; another workspace's is not told of. */
export async function requireKey(parts: KeyParts, principal: Principal, id: string): Promise<KeyRow> {
  const row = await findKey(parts.database, keyId(id))
  if (row !== null && row.key.workspace === principal.workspace) return row
  throw new PointsmanError('not_found', `There is no key ${id}. GET /api/v1/keys lists them.`)
}

export const keysOf = (
  parts: KeyParts,
  principal: Principal,
  includeRevoked: boolean,
): Promise<readonly KeyRow[]> => listKeys(parts.database, { workspace: principal.workspace, includeRevoked })

async function insert(
  parts: KeyParts,
  principal: Principal,
  draft: KeyDraft,
  replaces: KeyId | null = null,
): Promise<MadeKey> {
  const made = newKey(parts.randomBytes)
  const aws = draft.aws ? awsPair(parts, made.id) : null
  const key: Key = {
    id: keyId(made.id),
    name: draft.name,
    workspace: principal.workspace,
    digest: digestKey(parts.digests, parts.pepper, made.key),
    scopes: draft.scopes,
    routes: draft.routes,
    models: draft.models,
    requestsPerMinute: draft.requestsPerMinute,
    spendPerDayNanoUsd: draft.spendPerDayNanoUsd,
    expiresAtMs: draft.expiresAtMs,
  }
  const { result, revision } = await parts.publishing.change(actorOf(principal), async (transaction) => {
    if (replaces !== null) await revokeKey(transaction, replaces)
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
