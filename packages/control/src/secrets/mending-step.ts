import type { ErrorCode, KeySource } from '@pointsman/contract'
import type { CompiledModel } from '@pointsman/core'
import type { ProviderFacts } from '../ports.ts'

/** The next step of an operator whose call to a provider ended with this error. */
export function mendingStep(code: ErrorCode, provider: ProviderFacts, model: CompiledModel): string {
  const { baseUrl, id, readiness } = provider
  // It is left out of the plan, and the reason is not the model's.
  if (!readiness.ready)
    return `Store its key (pointsman providers set-key ${id}), or set ${readiness.missing}`
  switch (code) {
    case 'credentials_missing':
      return `Store its key anew: pointsman providers set-key ${id}`
    case 'provider_auth':
      return refusedKeyStep(provider)
    case 'upstream_model_unavailable':
      return `The key may be good: the vendor refuses this model to it. Ask the vendor for access to ${model.upstreamId}, or try another (--model)`
    case 'upstream_throttled':
      return 'The key is good: its limit is reached. Wait, or ask the vendor for more'
    case 'upstream_unreachable':
    case 'upstream_timeout_connect':
      return `Look at the network and the address${baseUrl === null ? '' : ` ${baseUrl}`}`
    case 'no_candidate':
      return `See why it cannot be called: pointsman validate ${model.id}`
    default:
      return 'Try again; if it stays so, ask the vendor with the words that it answered'
  }
}

/** The next step where the vendor refuses the credential that is in use. */
export function refusedKeyStep({ credential, id, readiness }: ProviderFacts): string {
  const set = `pointsman providers set-key ${id}`
  const bySource: { readonly [Source in KeySource]: string } = {
    sandbox: 'The sandbox’s own key is refused: start it anew',
    registry: `Make a new key at the vendor and store it: ${set}`,
    'secrets-manager': `Put a new key into the secret ${credential.from ?? ''}; it is read again within half a minute`,
    environment: `Make a new key at the vendor and store it (${set}), or set ${credential.from ?? 'its variable'} and start the server anew`,
    aws: `${credential.from ?? 'The AWS credential'} may not call Bedrock, or has ended. Give its role the output of "pointsman iam policy", and look at the clock here ("pointsman doctor"): five minutes off, and AWS refuses whatever it signs`,
  }
  if (credential.source !== null) return bySource[credential.source]
  return readiness.ready ? `It asks for a key: ${set}` : `Store its key: ${set}`
}
