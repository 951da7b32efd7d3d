import { PointsmanError } from '@pointsman/contract'

export interface BaseUrl {
  /** `https://host:port` */
  readonly origin: string
  readonly host: string
  /** Path before the vendor's own, without a slash at its end; mostly empty. */
  readonly prefix: string
}

// Characters that URL parsers are known to disagree about, or that carry something beside host and path.
const ambiguous = /[\\?#@\s]/

// A holder: what was parsed, so that a request does not parse it again. Bounded by `mostKept`; addresses are settings, so few.
const parsed = new Map<string, BaseUrl>()
const mostKept = 64

/**
 * An operator's own address for a provider. Throws `upstream_unreachable` naming the variable: a key must not go to
 * a host that two parsers would read differently.
 */
export function parseBaseUrl(text: string, variable: string): BaseUrl {
  const known = parsed.get(text)
  if (known !== undefined) return known
  const url = ambiguous.test(text) || !URL.canParse(text) ? null : new URL(text)
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new PointsmanError(
      'upstream_unreachable',
      `${variable} is not an address like https://host:port/path: it must begin with http:// or https:// and hold no user, query or fragment.`,
    )
  }
  const base = { origin: url.origin, host: url.host, prefix: url.pathname.replace(/\/+$/, '') }
  if (parsed.size < mostKept) parsed.set(text, base)
  return base
}
