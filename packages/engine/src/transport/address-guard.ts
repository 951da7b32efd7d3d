import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns'
import { BlockList, isIP, isIPv6, type LookupFunction } from 'node:net'

/** Asks for all addresses of a name, as `dns.lookup` does with `all`. */
export type Resolve = (
  hostname: string,
  options: LookupOptions & { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

export interface AddressGuardOptions {
  /** Hosts that the operator named: they may stand in a private network. */
  readonly named: ReadonlySet<string>
  readonly resolve?: Resolve
}

/** The way of every connection to its address: nothing else opens one. */
export interface AddressGuard {
  /** Why a host that is an address itself may not be called; null = it may, or it is a name, which `lookup` judges. */
  refuses(host: string): string | null
  /** `net.connect`'s own look-up: what it answers is what is connected to, so that no name can change in between. */
  readonly lookup: LookupFunction
}

type Place = 'public' | 'private' | 'special'

/** This host: private, and looked for first, since `::1` lies in `::/96`. */
const loopback = rangesOf(['127.0.0.0/8', '::1/128'])
/** RFC 6890 and its registries, as of 2026-11: what lies in somebody's own network. */
const privateRanges = rangesOf(['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'])
/** What no vendor's name leads to: this host, link-local with the clouds' metadata services, multicast, tunnels, tests. */
const specialRanges = rangesOf([
  '0.0.0.0/8',
  '169.254.0.0/16',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  '100.100.100.200/32',
  '168.63.129.16/32',
  // IPv4 with zeros before it (RFC 4291), which nobody uses any more.
  '::/96',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  '5f00::/16',
  'fd00:ec2::254/128',
  'fd20:ce::254/128',
])
/** By whose last four bytes a translator goes: RFC 6052, RFC 8215, RFC 2765. */
const translated = rangesOf(['64:ff9b::/96', '64:ff9b:1::/48', '::ffff:0:0:0/96'])

/** Networks, never `addRange`: Deno 2.1 counts through all addresses of a range, and through 2³² of them for minutes. */
function rangesOf(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits] = range.split('/')
    list.addSubnet(address, Number(bits), isIPv6(address) ? 'ipv6' : 'ipv4')
  }
  return list
}

/** Where an address leads. IPv4 inside IPv6 is judged as IPv4: mapped by `BlockList` itself, translated (RFC 6052) here. */
function placeOf(address: string): Place {
  const family = isIPv6(address) ? 'ipv6' : 'ipv4'
  if (family === 'ipv6' && translated.check(address, 'ipv6')) return placeOf(lastFourBytes(address))
  if (loopback.check(address, family)) return 'private'
  if (specialRanges.check(address, family)) return 'special'
  return privateRanges.check(address, family) ? 'private' : 'public'
}

function lastFourBytes(address: string): string {
  if (address.includes('.')) return address.slice(address.lastIndexOf(':') + 1)
  // As URLs spell it: the last two groups, a run of zeros left out at most once.
  const { hostname } = new URL(`http://[${address}]/`)
  const [high = 0, low = 0] = hostname
    .slice(1, -1)
    .split(':')
    .slice(-2)
    .map((group) => (group === '' ? 0 : Number.parseInt(group, 16)))
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.')
}

/** One spelling for each host: brackets, a trailing dot and capitals say nothing. */
const spelled = (host: string): string =>
  host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')

/**
 * Keeps our credentials out of networks that no operator named (a vendor's name that leads to a metadata service, or into
 * the cluster). A private address needs its host named; a special one must be named as that address itself.
 */
export function createAddressGuard({ named, resolve = systemLookup }: AddressGuardOptions): AddressGuard {
  const known = new Set([...named].map(spelled))
  const problemOf = (host: string, address: string): string | null => {
    const place = placeOf(address)
    const isNamed = known.has(spelled(host))
    if (place === 'public' || (isNamed && (place === 'private' || isIP(spelled(host)) !== 0))) return null
    return place === 'private'
      ? `${host} leads to an address of a private network. Where that is meant, name it in POINTSMAN_PRIVATE_HOSTS.`
      : `${host} leads to an address that no provider has.`
  }
  return {
    refuses: (host) => (isIP(spelled(host)) === 0 ? null : problemOf(host, spelled(host))),
    lookup: (hostname, options, callback) => {
      resolve(hostname, { ...options, all: true }, (error, addresses) => {
        if (error !== null) return callback(error, '', 0)
        // One bad address is enough: whoever answers for the name must not choose when it is used.
        const problem = addresses
          .map(({ address }) => problemOf(hostname, address))
          .find((text) => text !== null)
        if (problem != null) return callback(new Error(problem), '', 0)
        const [first] = addresses
        if (options.all === true) return callback(null, addresses)
        if (first === undefined) return callback(new Error(`${hostname} has no address.`), '', 0)
        callback(null, first.address, first.family)
      })
    },
  }
}
