import type { Hono } from 'hono'
import { mountCompat } from '../compat/mount-compat.ts'
import type { ControlHouse } from '../house.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { answering, mount, mountRest, type MountParts } from '../http/mount.ts'
import type { ConsoleFiles } from './console-ports.ts'
import { mountOidc } from './mount-oidc.ts'
import { mountSessions } from './mount-sessions.ts'
import type { Sessions } from './sessions.ts'
import { serveFile } from './serve-file.ts'

export interface ConsoleParts extends Omit<MountParts, 'basePath'> {
  readonly sessions: Sessions
  readonly files: ConsoleFiles
  readonly endpoints: readonly Endpoint[]
}

const base = '/console'

/**
 * The web console: its files, which are open to everybody, and below them the control API once more, for the session of
 * whoever is signed in. It stands there a second time so that the cookie is never sent to any other path of this server.
 */
export function mountConsole(app: Hono, house: ControlHouse, parts: ConsoleParts): void {
  mountSessions(app, house, { ...parts, basePath: `${base}/api/session` })
  if (house.console?.oidc !== undefined)
    mountOidc(app, house, { ...parts, oidc: house.console.oidc, seal: house.console.seal })
  mount(app, parts.endpoints, { ...parts, basePath: `${base}/api/v1` })
  mountCompat(app, house, { ...parts, below: base })
  mountRest(app, { ...parts, below: [`${base}/api/*`, `${base}/functions/*`] })
  const file = (request: Request): Promise<Response> =>
    answering(parts, 'console.file', () => serveFile(request, base, parts.files))
  app.get(base, (context) => file(context.req.raw))
  app.get(`${base}/*`, (context) => file(context.req.raw))
}
