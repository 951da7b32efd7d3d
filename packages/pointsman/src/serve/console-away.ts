import { createHash } from 'node:crypto'
import type { Exchange } from '@pointsman/gateway'

const againAfterSeconds = 2

const style =
  'body{margin:0;display:grid;place-content:center;min-height:100vh;font:16px/1.5 system-ui,sans-serif}' +
  'main{max-width:34rem;padding:1.5rem;overflow-wrap:anywhere}h1{font-size:1.25rem}'

/** Nothing but this one style, by its hash: no script, no picture, no frame around it. */
const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

const isConsolePage = (exchange: Exchange): boolean =>
  (exchange.method === 'GET' || exchange.method === 'HEAD') &&
  /^\/console(?:\/(?!api\/|functions\/|assets\/).*)?$/.test(exchange.path) &&
  (exchange.header('accept') ?? '').includes('text/html')

/**
 * Tells a browser that asks for the console why there is none yet, in words, and has it ask again: by a header, since a program
 * would have to come from the part of the server that is away. False = the request is none of a browser for a page.
 */
export function refuseConsolePage(exchange: Exchange, message: string): boolean {
  if (!isConsolePage(exchange)) return false
  exchange.client.head(503, [
    ...['content-type', 'text/html; charset=utf-8'],
    ...['content-security-policy', contentSecurityPolicy],
    ...['x-content-type-options', 'nosniff'],
    ...['referrer-policy', 'no-referrer'],
    ...['cache-control', 'no-store'],
    ...['retry-after', String(againAfterSeconds)],
    ...['refresh', String(againAfterSeconds)],
  ])
  exchange.client.end(new TextEncoder().encode(exchange.method === 'HEAD' ? '' : pageOf(message)))
  return true
}

const pageOf = (message: string): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Pointsman: not ready yet</title>
    <style>${style}</style>
  </head>
  <body>
    <main>
      <h1>The console is not ready yet</h1>
      <p>${asText(message)}</p>
      <p>This page asks again every ${againAfterSeconds} seconds, and opens by itself.</p>
    </main>
  </body>
</html>
`

const entities: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const asText = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '')
