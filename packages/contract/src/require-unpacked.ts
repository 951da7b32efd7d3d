import { PointsmanError } from './errors.ts'

/**
 * A body that is packed would be read as if it were text, and one that unpacks to gigabytes must not be unpacked. Takes the
 * request's `content-encoding`; throws `unsupported_encoding`.
 */
export function requireUnpacked(contentEncoding: string | null | undefined): void {
  const encoding = contentEncoding?.trim().toLowerCase() ?? ''
  if (encoding === '' || encoding === 'identity') return
  throw new PointsmanError(
    'unsupported_encoding',
    `The request body comes with content-encoding "${encoding.slice(0, 40)}". Send it unpacked, without that header.`,
    { field: 'content-encoding' },
  )
}
