import { defaultProvider } from '@aws-sdk/credential-provider-node'
import type { AwsIdentity } from '@pointsman/engine'
import { proxiedAgents } from '@pointsman/engine/proxied-agents'
import { createProxyFor, type ProxySettings } from '@pointsman/engine/proxies'

/** The AWS default credential chain, that gives up early where there is nothing to be found. */
export const awsChain = (proxy: ProxySettings | null): (() => Promise<AwsIdentity>) =>
  defaultProvider({ maxRetries: 0, timeout: 1_000, clientConfig: sdkConfig(proxy) })

/** AWS's SDK makes agents of its own, which know of no proxy. */
export const sdkConfig = (
  proxy: ProxySettings | null,
): { readonly requestHandler?: ReturnType<typeof proxiedAgents> } =>
  proxy === null ? {} : { requestHandler: proxiedAgents(createProxyFor(proxy)) }
