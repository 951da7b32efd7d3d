import { createPrivateKey, createPublicKey, hkdfSync, sign } from 'node:crypto'
import { join } from 'node:path'
import { PointsmanError, type Principal } from '@pointsman/contract'
import type { Seal, Signer } from '@pointsman/control'
import { keyDigestOfTicket, personOfTicket } from '@pointsman/control/session-token'
import { digestKey, type Sealing } from '@pointsman/core'
import type { Settings } from '../settings.ts'
import { systemClock } from './clock.ts'
import { keyFile, newSecret } from './data-folder.ts'
import { nodeDigests } from './digests.ts'
import { createSeal } from './seal.ts'
import { nodeCipher } from './provider-keys/node-cipher.ts'

/** What this host derives from its master key. None of it is ever written down. */
export interface HostKeys {
  /** HMAC key of gateway-key digests. */
  readonly pepper: Buffer
  /** What the database keeps to know the master key again; tells nothing about it. */
  readonly fingerprint: string
  /** The secret half of an access-key pair, derived from the key's id. */
  readonly awsSecretOf: (keyId: string) => string
  /** What a cost alarm's webhooks are signed with. */
  readonly webhookSecretOf: (costAlarm: string) => Uint8Array
  readonly digest: (presentedKey: string) => string
  /** Of the key in whose session a ticket of the console was made; null = it is no such ticket, or its time is over. */
  readonly digestOfTicket: (presented: string) => string | null
  /** Who asks with the ticket of somebody who signed in with OpenID Connect; null = it is no such ticket. */
  readonly personOfTicket: (presented: string, nowMs: number) => Principal | null
  /** Of the console's sessions and tickets. */
  readonly seal: Seal
  /** Of the keys of providers. */
  readonly sealing: Sealing
  /** The same key on all hosts of one master key. */
  readonly headSigner: Signer
  /** Of what data planes without a registry read by URL. */
  readonly snapshotSigner: Signer
}

const derive = (masterKey: string, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', masterKey, 'pointsman', purpose, 32))

export function hostKeysFrom(masterKey: string): HostKeys {
  const pepper = derive(masterKey, 'key-digest-pepper')
  const seal = createSeal(derive(masterKey, 'console-seal'))
  const digest = (presentedKey: string): string => digestKey(nodeDigests, pepper, presentedKey)
  return {
    pepper,
    fingerprint: derive(masterKey, 'fingerprint').toString('hex'),
    awsSecretOf: (keyId) => derive(masterKey, `aws-secret/${keyId}`).toString('base64url').slice(0, 40),
    webhookSecretOf: (costAlarm) => derive(masterKey, `webhook/${costAlarm}`),
    digest,
    digestOfTicket: (presented) => keyDigestOfTicket(seal, presented, systemClock.nowMs),
    personOfTicket: (presented, nowMs) => personOfTicket(seal, presented, nowMs),
    seal,
    sealing: {
      cipher: nodeCipher,
      wrappingKey: {
        id: derive(masterKey, 'provider-key-wrapping-id').toString('hex').slice(0, 16),
        bytes: derive(masterKey, 'provider-key-wrapping'),
      },
    },
    headSigner: ed25519Signer(derive(masterKey, 'switch-chain-head')),
    snapshotSigner: ed25519Signer(derive(masterKey, 'snapshot')),
  }
}

/** PKCS#8 of an Ed25519 key is this and the 32 bytes of its seed (RFC 8410): node:crypto takes no bare seed. */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex')

function ed25519Signer(seed: Buffer): Signer {
  const privateKey = createPrivateKey({
    key: Buffer.concat([pkcs8Prefix, seed]),
    format: 'der',
    type: 'pkcs8',
  })
  const raw = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32)
  return {
    publicKey: raw.toString('base64'),
    sign: (statement) => sign(null, statement, privateKey),
  }
}

/** The master key of the settings, or the one kept in the data folder: allowed with the embedded database only, since hosts on one database must share theirs. */
export async function masterKeyOf(settings: Settings): Promise<string> {
  if (settings.masterKey !== null) return settings.masterKey
  if (settings.databaseUrl !== null) {
    throw new PointsmanError(
      'refused',
      'POINTSMAN_MASTER_KEY is not set, and DATABASE_URL names a server that several hosts may share. Set the same POINTSMAN_MASTER_KEY (32 characters or more) on each of them; "openssl rand -base64 48" makes one.',
    )
  }
  return keyFile(settings.dataDir, 'master.key', () => newSecret(''))
}

export interface ServiceKey {
  readonly key: string
  /** Where it is kept, when we made it. */
  readonly path: string | null
}

export async function serviceKeyOf(settings: Settings): Promise<ServiceKey> {
  if (settings.serviceKey !== null) return { key: settings.serviceKey, path: null }
  const name = 'service.key'
  const key = await keyFile(settings.dataDir, name, () => newSecret('pm_service_'))
  return { key, path: join(settings.dataDir, name) }
}
