import {
  PointsmanError,
  toPointsmanError,
  type KeptCredential,
  type ProviderId,
  type SealedKey,
} from '@pointsman/contract'
import { openKey } from '@pointsman/core'
import { ok, problem, warning, type Finding } from '@pointsman/upkeep'
import { awsChain } from '../../serve/aws-chain.ts'
import { systemClock } from '../../serve/clock.ts'
import type { HostKeys } from '../../serve/host-keys.ts'
import { askSecretsManager } from '../../serve/provider-keys/ask-secrets-manager.ts'
import { namesInSecret } from '../../serve/provider-keys/secret-follower.ts'
import { keyEndsAtMs } from '../../serve/providers.ts'
import type { Settings } from '../../settings.ts'

/** What is kept of providers' keys, as the doctor sees it. */
export interface KeyLook {
  readonly findings: readonly Finding[]
  /** What stands before the variables, by provider. */
  readonly credentials: ReadonlyMap<ProviderId, KeptCredential>
}

/** `sealed`: those in force in the registry, or as this host had them last. `keys`: null = there is no master key here. */
export async function lookAtKeys(
  settings: Settings,
  sealed: readonly SealedKey[],
  keys: HostKeys | null,
): Promise<KeyLook> {
  const secret = await lookAtSecret(settings)
  const stored = sealed
    .filter(({ source }) => source === 'registry')
    .map((key) => ({ provider: key.provider, ...lookAtStored(key, keys) }))
  const usable = stored.flatMap(({ credential, provider }) =>
    credential === null ? [] : [[provider, credential] as const],
  )
  return {
    findings: [...stored.map(({ finding }) => finding), ...secret.findings],
    credentials: new Map<ProviderId, KeptCredential>([...secret.credentials, ...usable]),
  }
}

/** Null = it is not called with. */
type Looked = { readonly finding: Finding; readonly credential: KeptCredential | null }

function lookAtStored(key: SealedKey, keys: HostKeys | null): Looked {
  const check = `${key.provider} key`
  const shown = `stored, version ${key.version}${key.lastFour === null ? '' : `, …${key.lastFour}`}`
  // What is said of the master key says the rest.
  if (keys === null)
    return { finding: warning(check, shown, 'It cannot be read without the master key.'), credential: null }
  try {
    const credential = openKey(key, keys.sealing)
    const told = credential.kind === 'bearer' ? keyEndsAtMs(key.provider, credential.token) : null
    const end = Math.min(key.expiresAtMs ?? Infinity, told ?? Infinity)
    if (end > systemClock.nowMs()) return { finding: ok(check, shown), credential }
    const found = `${shown}, ended at ${new Date(end).toISOString()}`
    return {
      finding: warning(check, found, `Store a new one: pointsman providers set-key ${key.provider}`),
      credential: null,
    }
  } catch (thrown) {
    const { message } = toPointsmanError(thrown)
    return {
      finding: problem(check, message, `pointsman providers set-key ${key.provider}`),
      credential: null,
    }
  }
}

async function lookAtSecret(settings: Settings): Promise<KeyLook> {
  const { secretsManager } = settings
  if (secretsManager === null) return { findings: [], credentials: new Map() }
  const check = 'secrets manager'
  try {
    const { values } = await askSecretsManager(secretsManager, awsChain(settings.proxy))
    const found = [...namesInSecret(settings)].flatMap(([provider, name]) => {
      const token = values.get(name)
      return token === undefined ? [] : [{ provider, name, credential: { kind: 'bearer', token } as const }]
    })
    const names = found.map(({ name }) => name).join(', ')
    const finding =
      found.length === 0
        ? warning(
            check,
            `${secretsManager.secret} has no key of a provider`,
            `It takes the names ${[...namesInSecret(settings).values()].join(', ')}.`,
          )
        : ok(check, `${secretsManager.secret}: ${names}`)
    return { findings: [finding], credentials: new Map(found.map((one) => [one.provider, one.credential])) }
  } catch (thrown) {
    if (!(thrown instanceof PointsmanError)) throw thrown
    const mend = 'A running server goes on with what it read last.'
    return { findings: [problem(check, thrown.message, mend)], credentials: new Map() }
  }
}
