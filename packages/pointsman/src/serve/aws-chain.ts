import { defaultProvider } from '@aws-sdk/credential-provider-node'
import type { AwsIdentity } from '@pointsman/engine'

/** The AWS default credential chain, that gives up early where there is nothing to be found. */
export const awsChain = (): (() => Promise<AwsIdentity>) => defaultProvider({ maxRetries: 0, timeout: 1_000 })
