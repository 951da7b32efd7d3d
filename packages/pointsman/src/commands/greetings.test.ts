import { expect, test } from 'vitest'
import { readSettings } from '../settings.ts'
import { sandboxGreeting, serveGreeting } from './greetings.ts'

const server = { url: 'http://127.0.0.1:7070', serviceKey: { key: 'pm_service_x', path: null } }

test('a sandbox says where its data are kept, a PostgreSQL that was named included', () => {
  const said = (environment: Readonly<Record<string, string>>): string =>
    sandboxGreeting(server, readSettings(environment, { dataDir: '/data' }), 'pointsman')
  expect(said({})).toContain('Data is kept in /data; serve finds it there.')
  expect(said({ DATABASE_URL: 'postgres://user:secret@host/db' })).toContain(
    'Data is kept in /data and in PostgreSQL (DATABASE_URL); serve finds it there.',
  )
})

test('a server says which proxy leads out, without its password', () => {
  const said = (environment: Readonly<Record<string, string>>): string =>
    serveGreeting(
      { ...server, notes: [], stop: async () => undefined, abandon: () => undefined },
      readSettings(environment, {}),
    )
  expect(said({})).not.toContain('Proxy')
  const named = said({ https_proxy: 'http://user:secret@proxy.test:3128' })
  expect(named).toContain('\nProxy        http://proxy.test:3128 (https_proxy)\n')
  expect(named).not.toContain('secret')
})
