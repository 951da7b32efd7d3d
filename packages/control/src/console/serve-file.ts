import { PointsmanError } from '@pointsman/contract'
import type { ConsoleFile, ConsoleFiles } from './console-ports.ts'

/**
 * Nothing but our own files and our own server: no inline script or style, no frame around us. Plots and pictures that the
 * page itself draws are `data:`.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'self'",
].join('; ')

const headers = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  vary: 'accept-encoding',
}

/** A file of the console; for a page's own address, which the page itself takes apart, the document. */
export async function serveFile(request: Request, base: string, files: ConsoleFiles): Promise<Response> {
  const { pathname } = new URL(request.url)
  const path = pathname.slice(base.length + 1)
  // Only names with an ending are files: `switches/sw-1` is a page.
  const isFile = /\.[a-z0-9]+$/i.test(path) && path.startsWith('assets/')
  const file = await files.find(isFile ? path : 'index.html')
  if (file === null) throw new PointsmanError('not_found', `The console has no file ${path}.`)
  const { body, encoding } = encoded(file, request.headers.get('accept-encoding') ?? '')
  return new Response(request.method === 'HEAD' ? null : body, {
    headers: {
      ...headers,
      'content-type': file.contentType,
      'content-length': String(body.byteLength),
      'cache-control': file.immutable ? 'public, max-age=31536000, immutable' : 'no-store',
      ...(encoding === null ? {} : { 'content-encoding': encoding }),
    },
  })
}

function encoded(
  file: ConsoleFile,
  accepted: string,
): { readonly body: Uint8Array<ArrayBuffer>; readonly encoding: string | null } {
  const takes = (name: string): boolean =>
    new RegExp(`\\b${name}\\b(?!\\s*;\\s*q=0(?:\\.0*)?\\s*(?:,|$))`).test(accepted)
  if (file.brotli !== undefined && takes('br')) return { body: file.brotli, encoding: 'br' }
  if (file.gzip !== undefined && takes('gzip')) return { body: file.gzip, encoding: 'gzip' }
  return { body: file.bytes, encoding: null }
}
