import type { Hono } from 'hono'

/**
 * What a page of another origin may read. Without `access-control-allow-credentials` a browser sends no cookie along: only
 * the token that the page itself holds opens anything.
 */
export const crossOrigin = { 'access-control-allow-origin': '*' }

export const preflightFor = (methods: string) => ({
  ...crossOrigin,
  'access-control-allow-methods': methods,
  // What Supabase's and our own clients send.
  'access-control-allow-headers':
    'authorization, x-client-info, apikey, api-key, x-api-key, content-type, last-event-id',
  'access-control-max-age': '86400',
})

/** Lets pages of apps, which stand elsewhere, call what is below a path. Errors too carry the header: a page shall read why. */
export function openToPages(app: Hono, path: string): void {
  const preflight = preflightFor('GET, POST, OPTIONS')
  app.use(path, async (context, next) => {
    if (context.req.method === 'OPTIONS') return new Response(null, { status: 204, headers: preflight })
    await next()
    for (const [name, value] of Object.entries(crossOrigin)) context.res.headers.set(name, value)
    return undefined
  })
}
