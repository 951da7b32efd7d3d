import {
  PointsmanError,
  type KeptCredential,
  type Principal,
  type ProviderId,
  type SealedParts,
} from '@pointsman/contract'
import { lastFourOf, sealKey, type Sealing } from '@pointsman/core'
import {
  endProviderKey,
  insertProviderKey,
  listProviderKeys,
  nextProviderKeyVersion,
  type ProviderKeyRow,
  type Transaction,
} from '@pointsman/registry'
import type { Behind } from '../acknowledgements/replicas.ts'
import { unknownName } from '../catalogue/unknown-names.ts'
import { requireFresh } from '../http/entity-tag.ts'
import { requireUnlimited } from '../keys/limits.ts'
import type { ProviderFacts, RandomBytes } from '../ports.ts'
import { actorOf } from '../switches/actor.ts'
import type { SwitchParts } from '../switches/perform.ts'

/** How keys of providers are kept here. */
export interface ProviderKeyVault {
  readonly sealing: Sealing
  /** When the vendor will no longer take a token, where the token says so. */
  readonly endsAtMs: (provider: ProviderId, token: string) => number | null
}

export interface ProviderKeyParts extends SwitchParts {
  readonly randomBytes: RandomBytes
  readonly providers?: () => readonly ProviderFacts[]
  /** Absent = none are kept here. */
  readonly vault?: ProviderKeyVault
}

export interface ProviderKeyOrder {
  readonly provider: ProviderId
  readonly credential: KeptCredential
  /** Null = it has none, or tells it itself. */
  readonly expiresAtMs: number | null
  readonly ifMatch: number | null
}

export interface ChangedProviderKey extends Behind {
  /** The version that was set or taken away. */
  readonly row: ProviderKeyRow
}

/**
 * The next version of a provider's key, sealed; the one before goes with what was sealed in it. In force on every replica
 * that has acknowledged the revision. Throws PointsmanError `forbidden`, `not_found`, `invalid_request`, `stale`, `refused`.
 */
export async function setProviderKey(
  parts: ProviderKeyParts,
  principal: Principal,
  order: ProviderKeyOrder,
): Promise<ChangedProviderKey> {
  requireUnlimited(principal)
  const { provider } = requireProvider(parts, order)
  const vault = requireVault(parts)
  const expiresAtMs = endOf(order, vault)
  if (expiresAtMs !== null && expiresAtMs <= parts.clock.nowMs()) {
    throw new PointsmanError(
      'invalid_request',
      `This key ended at ${new Date(expiresAtMs).toISOString()}. Make a new one.`,
      { field: order.expiresAtMs === expiresAtMs ? 'expiresAt' : 'key' },
    )
  }
  return change(parts, principal, order, async (transaction) => {
    await endProviderKey(transaction, provider)
    const version = await nextProviderKeyVersion(transaction, provider)
    const { kind } = order.credential
    const facts = { provider, id: newId(parts), version, kind, expiresAtMs }
    const told = { ...facts, lastFour: lastFourOf(order.credential) }
    const sealed: SealedParts = sealKey(order.credential, { ...told, source: 'registry' }, vault.sealing)
    await insertProviderKey(transaction, { ...told, ...sealed })
  })
}

/** What is looked for next serves from then on. Throws PointsmanError `forbidden`, `not_found` where none is kept, `stale`. */
export async function removeProviderKey(
  parts: ProviderKeyParts,
  principal: Principal,
  removal: Pick<ProviderKeyOrder, 'provider' | 'ifMatch'>,
): Promise<ChangedProviderKey> {
  requireUnlimited(principal)
  const { provider } = removal
  return change(parts, principal, removal, async (transaction) => {
    if (await endProviderKey(transaction, provider)) return
    throw new PointsmanError(
      'not_found',
      `No key of provider ${provider} is kept here. GET /api/v1/providers tells where its key comes from.`,
    )
  })
}

/** One transaction, and the wait for the replicas. */
async function change(
  parts: ProviderKeyParts,
  principal: Principal,
  { ifMatch, provider }: Pick<ProviderKeyOrder, 'provider' | 'ifMatch'>,
  edit: (transaction: Transaction) => Promise<void>,
): Promise<ChangedProviderKey> {
  const { revision } = await parts.publishing.change(actorOf(principal), async (transaction) => {
    const [present] = await listProviderKeys(transaction, provider)
    requireFresh(ifMatch, present?.revision ?? 0, `The key of provider ${provider}`)
    await edit(transaction)
    return { changed: true, result: null }
  })
  const behind = await parts.replicas.settled(revision)
  const [row] = await listProviderKeys(parts.database, provider)
  if (row === undefined) throw new TypeError('a key that was written is not there')
  return { row, ...behind }
}

/** The provider as this server knows it. Throws PointsmanError `not_found`, or `invalid_request` where it takes no such credential. */
function requireProvider(
  parts: ProviderKeyParts,
  { credential, provider }: ProviderKeyOrder,
): { readonly provider: ProviderId } {
  const known = parts.providers?.() ?? []
  const facts = known.find(({ id }) => id === provider)
  if (facts === undefined)
    throw unknownName(
      'not_found',
      'Provider',
      provider,
      known.map(({ id }) => id),
    )
  if (credential.kind === 'aws' && !facts.takesAwsKeys) {
    throw new PointsmanError(
      'invalid_request',
      `Provider ${provider} is called with a key only. Leave "accessKeyId" out.`,
      { field: 'accessKeyId' },
    )
  }
  return { provider: facts.id }
}

function requireVault({ vault }: ProviderKeyParts): ProviderKeyVault {
  if (vault !== undefined) return vault
  throw new PointsmanError('refused', 'This server keeps no keys of providers.')
}

function endOf(
  { credential, expiresAtMs, provider }: ProviderKeyOrder,
  vault: ProviderKeyVault,
): number | null {
  const told = credential.kind === 'bearer' ? vault.endsAtMs(provider, credential.token) : null
  if (told === null || expiresAtMs === null) return told ?? expiresAtMs
  return Math.min(told, expiresAtMs)
}

const newId = ({ randomBytes }: ProviderKeyParts): string =>
  [...randomBytes(16)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
