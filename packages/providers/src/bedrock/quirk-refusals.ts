import type { RefusalKind, RefusalReading } from '@pointsman/contract'

interface RefusalText {
  /** Names of the error, as in `x-amzn-errortype`; null = whichever. */
  readonly names: readonly string[] | null
  /** Null = whatever it says. */
  readonly text: RegExp | null
  readonly kind: RefusalKind
  readonly source: string
  readonly sourceDate: string
}

const denied = ['AccessDeniedException', 'ValidationException']

/** What Bedrock's refusals ask of an operator; the first that fits. */
const texts: readonly RefusalText[] = [
  {
    names: null,
    text: /on-demand throughput isn.t supported|doesn.t support on-demand throughput/i,
    kind: 'profile-needed',
    source: 'bedrock.md section 2, exact text of a recorded answer',
    sourceDate: '2026-11-20',
  },
  {
    names: null,
    text: /reached the end of its life|access denied.*legacy|marked by provider as legacy/i,
    kind: 'end-of-life',
    source: 'bedrock.md section 2; AWS user guide: a legacy model that was not used for some days is closed',
    sourceDate: '2026-11-20',
  },
  {
    names: null,
    text: /not authorized to perform: bedrock:CallWithBearerToken|api key|bearer token|security token|signature/i,
    kind: 'credential',
    source: 'bedrock.md 1.8',
    sourceDate: '2026-11-20',
  },
  {
    names: denied,
    text: /not authorized to perform|explicit deny|no identity-based policy/i,
    kind: 'not-permitted',
    source: 'bedrock.md section 3, recorded answer',
    sourceDate: '2026-11-20',
  },
  {
    names: null,
    text: /unsupported countries|\bnot (?:available|supported) in (?:this|your|the) (?:[\w-]+ )?region/i,
    kind: 'region',
    source: 'quirks.ts of this folder, where it is told apart for routing',
    sourceDate: '2026-11-20',
  },
  {
    names: [...denied, 'ResourceNotFoundException'],
    text: /don.t have access to the model|model access|^operation not allowed\.?$|not authorized to invoke|use case details/i,
    kind: 'no-access',
    source: 'bedrock.md 1.7; aws/aws-cli issue 8717; Anthropic’s form of use cases as AWS asks for it',
    sourceDate: '2026-11-20',
  },
  {
    names: ['ValidationException', 'ResourceNotFoundException'],
    text: /model identifier is invalid|could not resolve the foundation model|not found/i,
    kind: 'unknown-model',
    source: 'bedrock.md 1.7, recorded answer; boto3 issue of the second',
    sourceDate: '2026-11-20',
  },
  {
    names: ['ServiceQuotaExceededException'],
    text: null,
    kind: 'quota',
    source: 'bedrock.md 1.7',
    sourceDate: '2026-11-20',
  },
  {
    names: null,
    text: /too many tokens per day/i,
    kind: 'quota',
    source: 'aws-samples/bedrock-chat discussions of daily quotas: recorded answer',
    sourceDate: '2025-06-01',
  },
  {
    names: ['AccessDeniedException'],
    text: null,
    kind: 'no-access',
    source: 'bedrock.md 1.7',
    sourceDate: '2026-11-20',
  },
]

/** Null = its kind of error says all that is known. */
export function readRefusal(vendorName: string | null, message: string): RefusalReading | null {
  const fits = texts.find(
    ({ names, text }) =>
      (names === null || (vendorName !== null && names.includes(vendorName))) &&
      (text === null || text.test(message)),
  )
  if (fits === undefined) return null
  const [, region = ''] = /on resource: arn:[^:]+:bedrock:([a-z0-9-]*):/.exec(message) ?? []
  return { kind: fits.kind, refusedIn: region === '' ? null : region }
}
