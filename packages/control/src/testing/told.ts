/** A list of which a test knows that it has a row: an empty one fails at the first look into it. */
type Rows = readonly [Told, ...Told[]]

/** What every endpoint of the OpenAPI document has. */
interface Described {
  readonly operationId: string
  readonly description: string
  readonly parameters: readonly { readonly name: string }[]
  readonly requestBody: { readonly content: { readonly 'application/json': { readonly schema: unknown } } }
  readonly responses: { readonly [status: string]: unknown }
}

/**
 * What answers tell, all kinds in one: tests reach into JSON whose shape they are about to check, so that every field
 * which some answer has may be named without a cast. Values are held by `expect` and by the documented schemas.
 */
export interface Told {
  readonly data: Told & Rows
  readonly error: Told
  readonly notification: Told
  readonly models: Rows
  readonly ranking: Rows
  readonly pins: Rows
  readonly switches: Rows
  readonly moves: Rows
  readonly circuits: readonly { readonly region: string }[]
  readonly prices: readonly { readonly region: string }[]
  readonly paths: { readonly [path: string]: { readonly [method: string]: Described } }
  readonly scope: { readonly kind: string; readonly userId: string | null }
  readonly revision: number
  readonly recordedAt: string
  readonly reason: string | null
  readonly count: number
  readonly total: number
  readonly daysLeft: number
  readonly useCase: string
  readonly modelId: string
  readonly costImpactEstimated: number | null
  readonly policy: unknown
  readonly fits: { readonly inline: boolean; readonly managed: boolean }
  readonly characters: number
  readonly sufficient: boolean
  readonly lacks: readonly unknown[]
  readonly valid: boolean
  readonly switched: boolean
  readonly isAvailable: boolean
  readonly pending: readonly string[]
  readonly unheard: readonly unknown[]
  readonly masks: readonly string[]
  readonly warnings: readonly string[]
  readonly problems: readonly string[]
  readonly words: readonly string[]
  readonly suggestions: readonly string[]
  readonly nextCursor: string | null
  readonly replacement: string | null
  readonly revokedAt: string | null
  readonly id: string
  readonly model_id: string
  readonly switchId: string
  readonly requestId: string
  readonly fromId: string | null
  readonly toId: string | null
  readonly scopeText: string
  readonly serves: string
  readonly aside: readonly { readonly key: string }[]
  readonly plan: unknown
  readonly applied: boolean
  readonly enabled: boolean
  readonly isDefault: boolean
  readonly inputCostPerMTok: number | null
  readonly key: string
  readonly endedAt: string | null
  readonly expiresAt: string | null
  readonly mend: string | null
  readonly lastTest: Told
  readonly name: string
  readonly model: string
  readonly provider: string
  readonly group: string
  readonly code: string
  readonly field: string | undefined
  readonly message: string
  readonly added: number
  readonly lastActivityAt: string
  readonly why: string
  readonly lifecycle: string
  readonly state: string
  readonly target: string
  readonly openapi: string
  readonly sequence: number
  readonly hash: string
  readonly canonicalText: string
  readonly statement: string
  readonly signature: string
  readonly publicKey: string
  readonly signedAt: string
  readonly startedAt: string
  readonly endsAt: string
  readonly route: string
  readonly afterParts: number | null
  readonly drill: unknown
  readonly record: unknown
  readonly number: number
  readonly aws: unknown
  readonly actor: unknown
  readonly refusal: unknown
  readonly capabilities: unknown
  readonly probe: unknown
  readonly kind: string
  readonly subject: string
  readonly signingSecret: string
  readonly lastDelivery: { readonly error: string | null; readonly attempts: number } | undefined
}
