import { PointsmanError } from '@pointsman/contract'
import { parseBaseUrl } from '@pointsman/providers'

export interface NamedAddress {
  /** The variable that holds it. */
  readonly name: string
  /** Null = the vendor's public address. */
  readonly url: string | null
}

interface Listening {
  readonly host: string
  readonly port: number
}

/** One name for each host, as URLs spell it: brackets around IPv6, letters small. */
const spelled = (host: string): string => host.toLowerCase().replace(/^\[|\]$/g, '')

const isThisMachine = (host: string): boolean =>
  host === 'localhost' ||
  host.endsWith('.localhost') ||
  host === '::1' ||
  host === '0.0.0.0' ||
  host === '::' ||
  /^127\.\d+\.\d+\.\d+$/.test(host)

const portOf = (url: URL): number => Number(url.port) || (url.protocol === 'https:' ? 443 : 80)

/** Names that only a resolver knows are not looked up: a start must not wait for one. */
function leadsTo({ host, port }: Listening, address: string): boolean {
  const url = new URL(address)
  if (portOf(url) !== port) return false
  const called = spelled(url.hostname)
  const own = spelled(host)
  return called === own || (isThisMachine(called) && isThisMachine(own))
}

/**
 * Refuses a vendor's address that is the one this server listens at: a request would come back to it again and again
 * until its deadline. Throws PointsmanError naming the variable. Port 0 is one that nobody can have named yet.
 */
export function refuseOwnAddress(listening: Listening, addresses: readonly NamedAddress[]): void {
  if (listening.port === 0) return
  const own = addresses.find(({ url }) => url !== null && leadsTo(listening, url))
  if (own === undefined) return
  throw new PointsmanError(
    'invalid_request',
    `${own.name} is "${own.url ?? ''}", where this server itself listens (${listening.host}, port ${listening.port}): every request would come back to it. Name the vendor's address, or leave the variable out.`,
  )
}

/** As the provider itself will read it: what it refuses must not pass the start. */
export function readAddress(text: string, name: string): string {
  try {
    parseBaseUrl(text, name)
  } catch (error) {
    if (!(error instanceof PointsmanError)) throw error
    throw new PointsmanError('invalid_request', `${name} is "${text}". ${error.message}`)
  }
  return text.replace(/\/+$/, '')
}
