import { partitionOf } from './needed-access.ts'
import type { PolicyStatement } from './policy-document.ts'

/** A secret of AWS Secrets Manager that is read. */
export interface ReadSecret {
  /** Its name, or its ARN. */
  readonly secret: string
  readonly region: string
}

/** Secrets Manager ends each ARN with six marks of its own: who says the name, or the ARN without them, does not know them. */
const ownMarks = /-[A-Za-z0-9]{6}$/

function secretArn({ secret, region }: ReadSecret, account: string): string {
  if (!secret.startsWith('arn:'))
    return `arn:${partitionOf(region)}:secretsmanager:${region}:${account}:secret:${secret}-??????`
  return ownMarks.test(secret) ? secret : `${secret}-??????`
}

/** What reads the keys of providers. A key of KMS that encrypts them is somebody's own, and not known here. */
export const secretAccess = (secrets: readonly ReadSecret[], account: string): readonly PolicyStatement[] =>
  secrets.length === 0
    ? []
    : [
        {
          ...{ Sid: 'ReadKeysOfProviders', Effect: 'Allow', Action: ['secretsmanager:GetSecretValue'] },
          Resource: secrets.map((one) => secretArn(one, account)),
        },
      ]
