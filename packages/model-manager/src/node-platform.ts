import { PointsmanError } from '@pointsman/contract'
import { createAddressGuard } from '@pointsman/engine/address-guard'
import { createHttp1Transport } from '@pointsman/engine/http1'
import { proxiedAgents, proxiedDispatcher } from '@pointsman/engine/proxied-agents'
import { createProxyFor, readProxySettings, type ProxyFor } from '@pointsman/engine/proxies'
import { awsChain } from './aws-chain.ts'
import { ModelManagerError } from './model-manager-error.ts'
import type { Environment, Platform } from './platform.ts'
import { processPlatform } from './process-platform.ts'
import { valueOf } from './provider-access.ts'

/** Node's. What it calls goes by way of the proxies that the environment names; the application's own calls are its own affair. */
export function nodePlatform(environment: Environment | undefined): Platform {
  const platform = processPlatform()
  const proxyFor = proxyForIn(environment ?? platform.environment)
  return {
    ...platform,
    ...(proxyFor === null ? {} : waysBy(proxyFor)),
    openTransport: (named) =>
      createHttp1Transport({
        guard: createAddressGuard({ named }),
        ...(proxyFor === null ? {} : { proxyFor }),
      }),
  }
}

function waysBy(proxyFor: ProxyFor): Pick<Platform, 'awsChain' | 'fetch' | 'sdkConfig'> {
  const sdkConfig = { requestHandler: proxiedAgents(proxyFor) }
  const dispatcher = proxiedDispatcher(proxyFor)?.dispatcher
  return {
    sdkConfig,
    awsChain: () => awsChain(sdkConfig),
    fetch(url, init) {
      const led: RequestInit = { ...init }
      // Set so because Node's types want all of undici's own class.
      if (dispatcher !== undefined) Reflect.set(led, 'dispatcher', dispatcher)
      return fetch(url, led)
    },
  }
}

function proxyForIn(environment: Environment): ProxyFor | null {
  try {
    const settings = readProxySettings((name) => valueOf(environment, name))
    return settings === null ? null : createProxyFor(settings)
  } catch (thrown) {
    if (!(thrown instanceof PointsmanError)) throw thrown
    throw new ModelManagerError('invalid_configuration', thrown.message, { cause: thrown })
  }
}
