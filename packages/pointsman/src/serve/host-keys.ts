import { createHmac, hkdfSync } from 'node:crypto'
import { PointsmanError } from '@pointsman/contract'
import type { Settings } from '../settings.ts'
import { keyFile, newSecret } from './data-folder.ts'

/** What this host derives from its master key. None of it is ever written down. */
export interface HostKeys {
  /** HMAC key of gateway-key digests. */
  readonly pepper: Buffer
  /** What the database keeps to know the master key again; tells nothing about it. */
  readonly fingerprint: string
  /** The secret half of an access-key pair, derived from the key's id. */
  readonly awsSecretOf: (keyId: string) => string
  readonly digest: (presentedKey: string) => string
}

const derive = (masterKey: string, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', masterKey, 'pointsman', purpose, 32))

export function hostKeysFrom(masterKey: string): HostKeys {
  const pepper = derive(masterKey, 'key-digest-pepper')
  return {
    pepper,
    fingerprint: derive(masterKey, 'fingerprint').toString('hex'),
    awsSecretOf: (keyId) => derive(masterKey, `aws-secret/${keyId}`).toString('base64url').slice(0, 40),
    digest: (presentedKey) => createHmac('sha256', pepper).update(presentedKey).digest('hex'),
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
  return (await keyFile(settings.dataDir, 'master.key', () => newSecret(''))).key
}

export interface ServiceKey {
  readonly key: string
  /** Where it is kept, when we made it. */
  readonly path: string | null
}

export async function serviceKeyOf(settings: Settings): Promise<ServiceKey> {
  if (settings.serviceKey !== null) return { key: settings.serviceKey, path: null }
  const { key, path } = await keyFile(settings.dataDir, 'service.key', () => newSecret('pm_service_'))
  return { key, path }
}
