import { expect, test } from 'vitest'
import { readOidcSettings } from '../../oidc-settings.ts'
import { startFalseIssuer } from '../../serve/oidc/testing/false-issuer.ts'
import { lookAtIssuer } from './issuer-look.ts'

test('the issuer is looked at where one is set, and the addresses that it must know are told', async () => {
  const issuer = await startFalseIssuer()
  const variables: { readonly [name: string]: string } = {
    POINTSMAN_PUBLIC_URL: 'https://models.example.org',
    POINTSMAN_OIDC_ISSUER: issuer.url,
    POINTSMAN_OIDC_CLIENT_ID: 'pointsman',
    POINTSMAN_OIDC_SCOPES: '{"operators":["read"]}',
  }
  const oidc = readOidcSettings((name) => variables[name] ?? null)
  const look = () => lookAtIssuer({ oidc, privateHosts: [] })
  expect(await lookAtIssuer({ oidc: null, privateHosts: [] })).toEqual([])
  const [good] = await look()
  expect(good?.state).toBe('ok')
  expect(good?.found).toContain('https://models.example.org/console/api/session/oidc/callback')
  issuer.said.metadata = { issuer: 'https://another.example' }
  const [other] = await look()
  expect(other).toMatchObject({ state: 'problem', found: expect.stringMatching(/issuer/) as unknown })
  await issuer.stop()
  const [away] = await look()
  expect(away).toMatchObject({ state: 'problem', found: expect.stringMatching(/ECONNREFUSED/) as unknown })
})
