import { PointsmanError } from '@pointsman/contract'

/** Where keys of providers stand in AWS Secrets Manager. */
export interface SecretsManagerSettings {
  /** Its name or its ARN. */
  readonly secret: string
  readonly region: string
  /** Null = the service's public address. */
  readonly baseUrl: string | null
}

const variable = 'POINTSMAN_SECRETS_MANAGER'
const arnForm = /^arn:aws[a-z-]*:secretsmanager:([a-z0-9-]+):\d{12}:secret:[\w/+=.@-]+$/
const nameForm = /^[\w/+=.@-]{1,512}$/
const regionForm = /^[a-z0-9-]{1,32}$/

/** Null = it is not asked. Throws PointsmanError where the variable names no secret. */
export function readSecretsManagerSettings(
  value: (name: string) => string | null,
  { baseUrl, environment }: { readonly baseUrl: string | null; readonly environment: string },
): SecretsManagerSettings | null {
  const text = value(variable)
  if (text === null || text === 'off') return null
  const secret = text === 'on' ? `/ai-agent/llm-secrets/${environment}` : text
  const region = arnForm.exec(secret)?.[1] ?? value('AWS_REGION') ?? value('BEDROCK_REGION') ?? 'eu-central-1'
  if ((arnForm.test(secret) || nameForm.test(secret)) && regionForm.test(region))
    return { secret, region, baseUrl }
  throw new PointsmanError(
    'invalid_request',
    `${variable} is "${text}"; it takes on (the secret /ai-agent/llm-secrets/${environment}), off, or a secret's name or ARN.`,
  )
}
