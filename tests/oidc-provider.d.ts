/** What the tests use of it: it brings no types, and those that others keep bring a dozen packages. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  export interface Claims {
    readonly sub: string
    readonly [claim: string]: unknown
  }
  interface Grant {
    addOIDCScope(scopes: string): void
    save(): Promise<string>
  }
  interface Context {
    readonly oidc: {
      readonly provider: Provider
      readonly session: { readonly accountId: string }
      readonly client: { readonly clientId: string }
    }
  }
  export interface Configuration {
    readonly clients: readonly { readonly [member: string]: unknown }[]
    readonly claims: { readonly [scope: string]: readonly string[] }
    readonly findAccount: (
      context: Context,
      id: string,
    ) => { readonly accountId: string; claims(): Claims | Promise<Claims> }
    readonly loadExistingGrant: (context: Context) => Promise<Grant>
    readonly cookies: { readonly keys: readonly string[] }
    readonly conformIdTokenClaims?: boolean
  }
  export default class Provider {
    constructor(issuer: string, configuration: Configuration)
    readonly Grant: new (of: { readonly accountId: string; readonly clientId: string }) => Grant
    callback(): (request: IncomingMessage, response: ServerResponse) => void
  }
}
