import { once } from 'node:events'
import { createServer } from 'node:http'
import Provider from 'oidc-provider'
import { freePort } from '../tools/free-port.ts'

/** An issuer that nobody here wrote: whoever names themselves is signed in, with the groups that are theirs. */
export interface OidcIssuer {
  readonly url: string
  /** What a server that people sign in to is started with. */
  environmentOf(publicUrl: string): { readonly [name: string]: string }
  /** From the next sign-in on. */
  setGroups(person: string, groups: readonly string[]): void
  /** Ends, and leaves its port free. */
  stop(): Promise<void>
}

export const oidcClient = { id: 'pointsman', secret: 'the secret of this client: +/%&=' }

export async function startOidcIssuer(
  publicUrls: readonly string[],
  groups: { readonly [person: string]: readonly string[] },
): Promise<OidcIssuer> {
  const groupsOf = new Map(Object.entries(groups))
  // Another site than 127.0.0.1, as issuers are: cookies of the way back are sent across.
  const url = `http://localhost:${await freePort()}`
  const provider = new Provider(url, {
    clients: [
      {
        client_id: oidcClient.id,
        client_secret: oidcClient.secret,
        redirect_uris: publicUrls.map((at) => `${at}/console/api/session/oidc/callback`),
        post_logout_redirect_uris: publicUrls.map((at) => `${at}/console/`),
      },
    ],
    claims: { openid: ['sub'], profile: ['name', 'groups'] },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, name: `${id} of the tests`, groups: groupsOf.get(id) ?? [] }),
    }),
    // Consent is given: who may sign in is what is looked at here.
    loadExistingGrant: async ({ oidc: { client, provider: own, session } }) => {
      const grant = new own.Grant({ accountId: session.accountId, clientId: client.clientId })
      grant.addOIDCScope('openid profile')
      await grant.save()
      return grant
    },
    cookies: { keys: ['of the tests'] },
  })
  const handle = provider.callback()
  const server = createServer((request, response) => handle(request, response))
  server.listen(Number(new URL(url).port), 'localhost')
  await once(server, 'listening')
  return {
    url,
    environmentOf: (publicUrl) => ({
      POINTSMAN_PUBLIC_URL: publicUrl,
      POINTSMAN_OIDC_ISSUER: url,
      POINTSMAN_OIDC_NAME: 'Example <b>Login</b>',
      POINTSMAN_OIDC_CLIENT_ID: oidcClient.id,
      POINTSMAN_OIDC_CLIENT_SECRET: oidcClient.secret,
      POINTSMAN_OIDC_SCOPES:
        '{"operators":["read","switch","invoke"],"readers":["read"],"callers":["invoke"]}',
    }),
    setGroups: (person, given) => void groupsOf.set(person, given),
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
