import type { AwsIdentity } from '@pointsman/engine'

/** Loaded where it is needed: a process with a bearer token, or with other vendors alone, starts without it. */
export async function awsChain(): Promise<AwsIdentity> {
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node')
  return defaultProvider({ maxRetries: 0, timeout: 1_000 })()
}
