import { BlockList, isIP } from 'node:net'
import { PointsmanError } from '@pointsman/contract'

/** What the environment says of forward proxies, as plain data. Holds their passwords. */
export interface ProxySettings {
  /** For addresses that begin with `http:` and with `https:`; null = these are called directly. */
  readonly http: NamedProxy | null
  readonly https: NamedProxy | null
  /** What NO_PROXY lists; '' = nothing. */
  readonly direct: string
}

export interface NamedProxy {
  /** The variable, as it was spelled. */
  readonly variable: string
  /** With user and password. */
  readonly url: string
}

/** A proxy as connections are made to it. */
export interface ForwardProxy {
  readonly isSecure: boolean
  readonly host: string
  readonly port: number
  /** Null = it is told no user. */
  readonly authorization: string | null
  /** Its address without user and password, and the variable that names it: for logs and errors. */
  readonly shown: string
  readonly variable: string
}

/** The part of a URL that decides on the way to it. */
export interface CalledAddress {
  readonly isSecure: boolean
  /** IPv6 without brackets. */
  readonly host: string
  readonly port: number
}

export function addressOf({
  hostname,
  port,
  protocol,
}: Pick<URL, 'hostname' | 'port' | 'protocol'>): CalledAddress {
  const isSecure = protocol === 'https:'
  return { isSecure, host: withoutBrackets(hostname), port: Number(port) || (isSecure ? 443 : 80) }
}

const withoutBrackets = (host: string): string => host.replace(/^\[|\]$/g, '')

/** Null = the address is called directly. */
export type ProxyFor = (address: CalledAddress) => ForwardProxy | null

/**
 * The usual variables; in small letters they win, as everywhere. Null = none of them is set.
 * @param value a variable's value; null = it is not set, or empty
 * Throws PointsmanError naming the variable, never its value.
 */
export function readProxySettings(value: (name: string) => string | null): ProxySettings | null {
  const named = (name: string): NamedProxy | null => {
    const found = [name, name.toUpperCase()].find((each) => value(each) !== null)
    const text = found === undefined ? null : value(found)
    return found === undefined || text === null ? null : { variable: found, url: urlOf(found, text) }
  }
  const [http, https] = [named('http_proxy'), named('https_proxy')]
  if (http === null && https === null) return null
  return { http, https, direct: value('no_proxy') ?? value('NO_PROXY') ?? '' }
}

function urlOf(variable: string, text: string): string {
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`
  const isProxy = /^https?:\/\//i.test(whole) && URL.canParse(whole) && credentialsOf(new URL(whole)) !== null
  if (isProxy) return whole
  throw new PointsmanError(
    'invalid_request',
    `${variable} names no proxy that is spoken here; it takes http://proxy.example.com:3128, or https://. Where the proxy asks for them, user:password@ stands before the host, with special characters as %XX.`,
  )
}

/** `user:password`; '' = none. Null = what stands there is not encoded. */
function credentialsOf({ password, username }: URL): string | null {
  if (username === '' && password === '') return ''
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  } catch (error) {
    if (error instanceof URIError) return null
    throw error
  }
}

/** Without user and password: for logs and errors. */
export function shownProxy({ url }: NamedProxy): string {
  const { host, protocol } = new URL(url)
  return `${protocol}//${host}`
}

function proxyOf(named: NamedProxy): ForwardProxy {
  const { url, variable } = named
  const parsed = new URL(url)
  const credentials = credentialsOf(parsed)
  return {
    ...addressOf(parsed),
    ...{ variable, shown: shownProxy(named) },
    authorization:
      credentials === null || credentials === ''
        ? null
        : `Basic ${Buffer.from(credentials).toString('base64')}`,
  }
}

/** One spelling for each host: brackets, a trailing dot and capitals say nothing. */
const bare = (host: string): string => withoutBrackets(host.toLowerCase()).replace(/\.$/, '')

/** What only this machine reaches: itself, and its cloud's metadata service and agents of credentials. */
const alwaysDirect = 'localhost,127.0.0.0/8,::1,169.254.0.0/16,fd00:ec2::254,fd00:ec2::23'

/** Which proxy leads to an address, by what NO_PROXY lists. Made once: it is asked for each connection. */
export function createProxyFor({ direct, http, https }: ProxySettings): ProxyFor {
  const proxies = {
    http: http === null ? null : proxyOf(http),
    https: https === null ? null : proxyOf(https),
  }
  const entries = exceptionsIn(direct)
  return ({ host, isSecure, port }) => {
    const proxy = proxies[isSecure ? 'https' : 'http']
    const called = bare(host)
    return proxy === null || entries.some((matches) => matches(called, port)) ? null : proxy
  }
}

/** Whether an address is called directly. */
type Exception = (host: string, port: number) => boolean

const exceptionsIn = (direct: string): readonly Exception[] =>
  `${alwaysDirect},${direct}`
    .toLowerCase()
    .split(/[,\s]+/)
    .filter((entry) => entry !== '')
    .map(exceptionOf)

function exceptionOf(entry: string): Exception {
  if (entry === '*') return () => true
  const [, network = '', bits = ''] = /^(.+)\/(\d{1,3})$/.exec(entry) ?? []
  if (isIP(network) !== 0 && Number(bits) <= bitsOf(network)) return isWithin(network, Number(bits))
  // An address with colons of its own has a port only behind brackets.
  const [, named = entry, port = ''] =
    isIP(entry) === 0 ? (/^(\[.+\]|[^:]+):(\d{1,5})$/.exec(entry) ?? []) : []
  const host = bare(named).replace(/^\*?\./, '')
  const isNamed: Exception =
    isIP(host) === 0
      ? (called) => called === host || called.endsWith(`.${host}`)
      : isWithin(host, bitsOf(host))
  return (called, onPort) => (port === '' || onPort === Number(port)) && isNamed(called, onPort)
}

const bitsOf = (address: string): number => (isIP(address) === 6 ? 128 : 32)

function isWithin(address: string, bits: number): Exception {
  const list = new BlockList()
  list.addSubnet(address, bits, isIP(address) === 6 ? 'ipv6' : 'ipv4')
  return (called) => isIP(called) !== 0 && list.check(called, isIP(called) === 6 ? 'ipv6' : 'ipv4')
}
