import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { failureWords } from '@pointsman/contract'
import { Tunnel } from './http1/tunnel.ts'
import { addressOf, type CalledAddress, type ForwardProxy, type ProxyFor } from './proxies.ts'

/**
 * Agents of Node's that go by way of proxies: for AWS's SDK, which makes its own unless it is given some. Within a tunnel TLS has no
 * options of a single request.
 */
export interface ProxiedAgents {
  readonly httpAgent: HttpAgent
  readonly httpsAgent: HttpsAgent
}

/** The rest is as of Node's own global agents. */
const agentOptions = { keepAlive: true, scheduling: 'lifo', timeout: 5_000 } as const

export const proxiedAgents = (proxyFor: ProxyFor): ProxiedAgents => ({
  httpAgent: leading(new HttpAgent(agentOptions), false, proxyFor),
  httpsAgent: leading(new HttpsAgent(agentOptions), true, proxyFor),
})

type Told = (error: Error | null, socket: Socket) => void

/** Node's own proxies for agents read NO_PROXY otherwise, and do not say which proxy it was that failed. */
function leading<Agent extends HttpAgent>(agent: Agent, isSecure: boolean, proxyFor: ProxyFor): Agent {
  const direct = agent.createConnection.bind(agent)
  agent.createConnection = (options, callback) => {
    const address = addressOf({
      hostname: options.host ?? 'localhost',
      port: String(options.port ?? ''),
      protocol: isSecure ? 'https:' : 'http:',
    })
    const proxy = options.socketPath == null ? proxyFor(address) : null
    if (proxy === null || callback === undefined) return direct(options, callback)
    connectThrough(proxy, address, callback)
    return undefined
  }
  return agent
}

/** What decides on a request of Node's own `fetch`: more of it is not known here. */
export interface Dispatcher {
  dispatch(options: { readonly origin?: string | URL }, handler: unknown): boolean
}

/** As undici tells a `connect` of one's own where to. */
type UndiciAddress = Pick<URL, 'hostname' | 'port' | 'protocol'>

type UndiciAgent = new (options: {
  readonly connect: (address: UndiciAddress, callback: Told) => void
}) => Dispatcher

/** Undici's own names, under which its copies find each other: `fetch` looks under the newer one where there is one. */
const dispatcherNames = ['undici.globalDispatcher.2', 'undici.globalDispatcher.1'].map((name) =>
  Symbol.for(name),
)

/**
 * What `fetch` goes by, its `dispatcher`, so that it goes by way of proxies; and the name of the global one. Made as the global one
 * is: undici is no dependency of ours. Null = this `fetch` has none, or somebody has set one that is no plain Agent: an application,
 * or Node by NODE_USE_ENV_PROXY, which know why.
 */
export function proxiedDispatcher(
  proxyFor: ProxyFor,
): { readonly globalName: symbol; readonly dispatcher: Dispatcher } | null {
  // There is none before the first use of what `fetch` is made of.
  void globalThis.Request
  const globalName = dispatcherNames.find((name) => Reflect.get(globalThis, name) !== undefined)
  if (globalName === undefined) return null
  const direct = Reflect.get(globalThis, globalName) as Dispatcher
  if (direct.constructor.name !== 'Agent') return null
  const tunnelled = new (direct.constructor as UndiciAgent)({
    connect(to, callback) {
      const address = addressOf(to)
      const proxy = proxyFor(address)
      if (proxy !== null) connectThrough(proxy, address, callback)
    },
  })
  const isProxied = (origin: string | URL | undefined): boolean =>
    proxyFor(addressOf(new URL(String(origin)))) !== null
  const dispatcher: Dispatcher = {
    dispatch: (options, handler) =>
      (isProxied(options.origin) ? tunnelled : direct).dispatch(options, handler),
  }
  return { globalName, dispatcher }
}

const connectWithinMs = 10_000

/** A connection to an address by way of a proxy, its TLS included. Tells once; an error names the proxy. */
function connectThrough(proxy: ForwardProxy, address: CalledAddress, told: Told): void {
  const { host, isSecure } = address
  let cause: Error | null = null
  const note = (error: Error): void => void (cause = error)
  const failed = (): void => {
    clearTimeout(late)
    const words = cause === null ? 'the connection was closed' : failureWords(cause)
    told(new Error(tunnel.problem(words)), way)
  }
  const ready = (): void => {
    clearTimeout(late)
    way.off('close', failed)
    told(null, way)
  }
  const tunnel = new Tunnel(proxy, address, () => {
    if (!isSecure) return ready()
    const { socket } = tunnel
    socket.off('close', failed)
    const names = { host, ...(isIP(host) === 0 ? { servername: host } : {}) }
    way = connectTls({ socket, ...names, ALPNProtocols: ['http/1.1'] })
    way.on('error', note).on('close', failed).once('secureConnect', ready)
  })
  let way: Socket = tunnel.socket
  way.on('error', note).on('close', failed)
  const late = setTimeout(
    () => way.destroy(new Error(`no connection within ${connectWithinMs} ms`)),
    connectWithinMs,
  )
}
