import http from 'node:http'
import https from 'node:https'
import { createProxyFor, readProxySettings, type ProxySettings } from '@pointsman/engine/proxies'
import { proxiedAgents, proxiedDispatcher } from '@pointsman/engine/proxied-agents'

/**
 * Has all that this process calls beside vendors (`fetch`, `node:http`, `node:https`) go by way of the proxies that vendors are
 * called by. Once, at a door, before the first call. The returned function takes it back, for tests.
 */
export function followProxies(settings: ProxySettings | null): () => void {
  if (settings === null) return () => undefined
  const proxyFor = createProxyFor(settings)
  const [httpBefore, httpsBefore] = [http.globalAgent, https.globalAgent]
  const agents = proxiedAgents(proxyFor)
  http.globalAgent = agents.httpAgent
  https.globalAgent = agents.httpsAgent
  const ofFetch = proxiedDispatcher(proxyFor)
  const before: unknown = ofFetch === null ? null : Reflect.get(globalThis, ofFetch.globalName)
  if (ofFetch !== null) Reflect.set(globalThis, ofFetch.globalName, ofFetch.dispatcher)
  return () => {
    http.globalAgent = httpBefore
    https.globalAgent = httpsBefore
    if (ofFetch !== null) Reflect.set(globalThis, ofFetch.globalName, before)
  }
}

/** What the variables of a process say. Throws PointsmanError naming one that is wrong. */
export const proxiesIn = (environment: NodeJS.ProcessEnv): ProxySettings | null =>
  readProxySettings((name) => environment[name]?.trim() || null)
