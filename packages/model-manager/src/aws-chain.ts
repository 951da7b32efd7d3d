import type { AwsIdentity } from '@pointsman/engine'
import type { SdkConfig } from './platform.ts'

/** Loaded where it is needed: a process with a bearer token, or with other vendors alone, starts without it. */
export async function awsChain(clientConfig: SdkConfig = {}): Promise<AwsIdentity> {
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node')
  return defaultProvider({ maxRetries: 0, timeout: 1_000, clientConfig })()
}
