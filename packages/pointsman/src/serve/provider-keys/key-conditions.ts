import type { Condition, ProviderFacts } from '@pointsman/control'

const soonMs = 3_600_000

/** What operators should know of the keys that this host calls with: one alarm a provider and host. */
export const keyConditions = (
  providers: readonly ProviderFacts[],
  { host, nowMs }: { readonly host: string; readonly nowMs: number },
): readonly Condition[] =>
  providers.flatMap((provider) => {
    const message = provider.credential.problem ?? endWords(provider, nowMs)
    return message === null ? [] : [{ kind: 'provider_key', subject: `${provider.id} on ${host}`, message }]
  })

/** A role's own session is renewed by itself. */
function endWords({ credential, id }: ProviderFacts, nowMs: number): string | null {
  const { expiresAtMs, source } = credential
  if (expiresAtMs === null || source === null || source === 'aws' || expiresAtMs - nowMs > soonMs) return null
  const at = new Date(expiresAtMs).toISOString()
  const mend =
    source === 'registry'
      ? `Store a new one: pointsman providers ${id === 'bedrock' ? 'bearer-token' : `set-key ${id}`}`
      : 'Put a new one in its place'
  return `The key of provider ${id} ${expiresAtMs > nowMs ? 'ends' : 'ended'} at ${at}. ${mend}.`
}
