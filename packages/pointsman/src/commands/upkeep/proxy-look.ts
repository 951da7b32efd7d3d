import { failureWords } from '@pointsman/contract'
import { shownProxy, type NamedProxy } from '@pointsman/engine/proxies'
import { bedrockHost } from '@pointsman/providers'
import { ok, problem, type Finding } from '@pointsman/upkeep'
import type { Settings } from '../../settings.ts'

const withinMs = 8_000

/**
 * Which proxies lead out, and whether one lets Bedrock be called: the looks at vendors ask for lists, which Bedrock has at another
 * host than its models.
 */
export async function lookAtProxy(
  settings: Pick<Settings, 'bedrockBaseUrl' | 'proxy' | 'region'>,
  callsBedrock: boolean,
): Promise<readonly Finding[]> {
  const { bedrockBaseUrl, proxy, region } = settings
  if (proxy === null) return []
  const wayOf = (named: NamedProxy | null): string =>
    named === null ? 'directly' : `by ${shownProxy(named)} (${named.variable})`
  const direct = proxy.direct === '' ? '' : `; directly: ${proxy.direct}`
  const used = ok('proxy', `https ${wayOf(proxy.https)}, http ${wayOf(proxy.http)}${direct}`)
  const url = new URL(bedrockBaseUrl ?? `https://${bedrockHost(region)}`)
  if (!callsBedrock) return [used]
  try {
    // Any answer will do: nobody is called without a credential, and nothing is billed.
    await fetch(url, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(withinMs) })
    return [used, ok('way to bedrock', `${url.host} answers`)]
  } catch (error) {
    return [
      used,
      problem(
        'way to bedrock',
        `${url.host}: ${failureWords(error)}`,
        '"Behind a proxy" in docs/running.md lists what has to be allowed.',
      ),
    ]
  }
}
