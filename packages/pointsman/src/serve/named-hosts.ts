import { addressesIn, type Settings } from '../settings.ts'
import type { Sandbox } from './providers.ts'

/**
 * The hosts that the operator's own settings name: only they may stand in a private network. What the registry says of a
 * provider is not among them.
 */
export function namedHosts(settings: Settings, sandbox: Sandbox | null): ReadonlySet<string> {
  const urls = [...addressesIn(settings).map(({ url }) => url), sandbox?.url ?? null]
  const hosts = urls.flatMap((url) => (url === null ? [] : [new URL(url).hostname]))
  return new Set([...hosts, ...settings.privateHosts])
}
