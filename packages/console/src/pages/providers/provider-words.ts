import type { CircuitItem, CredentialItem, KeySource, ProviderItem } from '@pointsman/sdk'
import { clockTime } from '../../format/instants.ts'
import type { Tone } from '../../parts/badge.tsx'
import { fill } from '../../text/fill.ts'
import { text } from './text.ts'

const sources: { readonly [Source in KeySource]: string } = {
  sandbox: text.sourceSandbox,
  registry: text.sourceRegistry,
  'secrets-manager': text.sourceSecretsManager,
  environment: text.sourceEnvironment,
  aws: text.sourceAws,
}

export const sourceWords = (source: KeySource | null): string =>
  source === null ? text.noKey : sources[source]

/** `…XMlU from the registry`: never more of a key. */
export function keyWords({ keyLastFour, keySource }: CredentialItem): string {
  if (keySource === null) return text.noKey
  const from = sourceWords(keySource)
  return keyLastFour === null ? from : fill(text.keyFrom, { lastFour: keyLastFour, source: from })
}

export function stateOfProvider({ configured, keyProblem, lastTest }: ProviderItem): {
  readonly tone: Tone
  readonly words: string
} {
  if (!configured) return { tone: 'bad', words: text.notConfigured }
  if (keyProblem !== null) return { tone: 'warn', words: text.keyProblem }
  if (lastTest?.ok === false) return { tone: 'warn', words: text.testFailed }
  return { tone: 'good', words: text.configured }
}

export function circuitWords({ cause, replicas, state, until }: CircuitItem): string {
  const what = state === 'open' ? fill(text.circuitOpen, { until: clockTime(until) }) : text.circuitHalfOpen
  const why = cause === 'told' ? text.causeTold : text.causeFailures
  return `${what}, ${why}; ${fill(text.circuitBy, { replicas: replicas.join(', ') })}`
}
