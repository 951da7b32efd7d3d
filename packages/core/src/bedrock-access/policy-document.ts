/** The part of IAM's policy language that policies about Bedrock are written in; what else stands in one is kept unread. */
export interface PolicyStatement {
  readonly Sid?: string
  readonly Effect: 'Allow' | 'Deny'
  readonly Action?: string | readonly string[]
  readonly NotAction?: string | readonly string[]
  readonly Resource?: string | readonly string[]
  readonly NotResource?: string | readonly string[]
  readonly Condition?: {
    readonly [operator: string]: { readonly [key: string]: string | readonly string[] }
  }
}

export interface PolicyDocument {
  readonly Version: '2012-10-17' | '2008-10-17'
  readonly Statement: PolicyStatement | readonly PolicyStatement[]
}

export const listOf = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value

export const statementsOf = ({ Statement }: PolicyDocument): readonly PolicyStatement[] =>
  isList(Statement) ? Statement : [Statement]

const isList = (value: PolicyStatement | readonly PolicyStatement[]): value is readonly PolicyStatement[] =>
  Array.isArray(value)
