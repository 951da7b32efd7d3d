import type { CallOptions, Connection } from './connection.ts'

/** A policy document of AWS IAM, as `aws iam` takes it. */
export interface IamPolicyDocument {
  readonly Version?: string
  readonly Statement: unknown
}

export interface IamPolicyQuestion {
  /** Twelve digits; a policy for any account unless set. */
  readonly account?: string | undefined
  /** Where calls are made from; the server's own region unless set. */
  readonly region?: string | undefined
  /** What routes, fallbacks and aliases name and what answered lately (`in-use`, unless set), or every enabled one. */
  readonly models?: 'in-use' | 'all' | undefined
  /** Vendors all of whose models may be called beside them. */
  readonly vendors?: readonly string[] | undefined
  /** One line a model in place of one for each region. */
  readonly compact?: boolean | undefined
  /** Callers may come with a Bedrock API key. */
  readonly bearerTokens?: boolean | undefined
}

export interface IamPolicy {
  readonly policy: IamPolicyDocument
  /** Those that it lets through. */
  readonly models: readonly string[]
  /** Without white space, as AWS counts. */
  readonly characters: number
  /** A role's inline policies may have 10,240 characters together, a managed one 6,144. */
  readonly fits: { readonly inline: boolean; readonly managed: boolean }
}

export interface IamCheckOrder extends Pick<IamPolicyQuestion, 'account' | 'region' | 'models'> {
  /** Everything that is attached to the role. */
  readonly policies: readonly IamPolicyDocument[]
}

/** Something that a call needs and the policies do not give. */
export interface IamLack {
  readonly modelId: string
  readonly action: string
  /** ARN. */
  readonly resource: string
  /** `unsure`: it hangs on a condition that only the call itself knows. */
  readonly access: 'denied' | 'not-allowed' | 'unsure'
  readonly why: string
}

export interface IamCheck {
  readonly sufficient: boolean
  /** Those that were looked at. */
  readonly models: readonly string[]
  readonly lacks: readonly IamLack[]
}

/** What AWS must allow so that the Bedrock models in use can be called. */
export interface Iam {
  policy(question?: IamPolicyQuestion, options?: CallOptions): Promise<IamPolicy>
  check(order: IamCheckOrder, options?: CallOptions): Promise<IamCheck>
}

export const iamOf = (connection: Connection): Iam => ({
  policy: ({ vendors, ...question } = {}, options) =>
    connection.json('GET', '/api/v1/iam/policy', {
      ...options,
      query: { ...question, vendors: vendors?.join(',') },
    }),
  check: (order, options) => connection.json('POST', '/api/v1/iam/check', { ...options, body: order }),
})
