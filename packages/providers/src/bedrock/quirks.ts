import type { ErrorCode } from '@pointsman/contract'

/** Texts by which Bedrock refuses the model or our credential under the name of another error. */
export interface Quirk {
  /** Names of the error, as in `x-amzn-errortype`. */
  readonly names: readonly string[]
  readonly text: RegExp
  readonly code: ErrorCode
  readonly source: string
  readonly sourceDate: string
}

export const quirks: readonly Quirk[] = [
  {
    // A base id that this region serves only through an inference profile. The apostrophe is U+2019.
    names: ['ValidationException'],
    text: /on-demand throughput isn.t supported|doesn.t support on-demand throughput/i,
    code: 'upstream_model_unavailable',
    source:
      'bedrock.md section 2, exact text of a recorded answer; the second in autogluon-assistant pull request 54',
    sourceDate: '2026-11-20',
  },
  {
    // An id that this region does not know; some models past their end are refused in these words too.
    names: ['ValidationException'],
    text: /model identifier is invalid/i,
    code: 'upstream_model_unavailable',
    source: 'bedrock.md 1.7, recorded answer',
    sourceDate: '2026-11-20',
  },
  {
    names: ['ValidationException', 'AccessDeniedException', 'ResourceNotFoundException'],
    text: /reached the end of its life/i,
    code: 'upstream_model_unavailable',
    source: 'bedrock.md section 2, observed by a third party',
    sourceDate: '2026-10-10',
  },
  {
    // The model has no Converse, or not in this form.
    names: ['ValidationException'],
    text: /action doesn.t support the model that you provided/i,
    code: 'upstream_model_unavailable',
    source: 'bedrock.md 1.7',
    sourceDate: '2026-11-20',
  },
  {
    names: ['ValidationException', 'AccessDeniedException'],
    text: /don.t have access to the model/i,
    code: 'upstream_model_unavailable',
    source: 'bedrock.md 1.7; AccessDeniedException of an account without access to the model',
    sourceDate: '2026-11-20',
  },
  {
    names: ['ValidationException', 'AccessDeniedException'],
    text: /model\b.*\bnot (?:available|supported) in (?:this|your|the) (?:[\w-]+ )?region/i,
    code: 'upstream_model_unavailable',
    source: 'issue of the first release: "not available in this region" moves on',
    sourceDate: '2026-11-20',
  },
  {
    // The account may not use Bedrock or this model, which is told as if the request were wrong.
    names: ['ValidationException', 'AccessDeniedException'],
    text: /^operation not allowed\.?$|account is not authorized to invoke this api operation/i,
    code: 'upstream_model_unavailable',
    source: 'aws/aws-cli issue 8717; aws-samples/bedrock-chat issue 471: recorded answers',
    sourceDate: '2024-07-31',
  },
  {
    // Where the server stands, not what was asked.
    names: ['ValidationException', 'AccessDeniedException'],
    text: /not allowed from unsupported countries/i,
    code: 'upstream_model_unavailable',
    source: 'anthropics/claude-code issue 2656; Trae-AI/TRAE issue 2092: recorded answers',
    sourceDate: '2026-01-18',
  },
  {
    names: ['ValidationException'],
    text: /blocked by (?:our )?content filter/i,
    code: 'upstream_content_policy',
    source: 'AWS Bedrock user guide: content filters of image models; Claude as in anthropic/quirks.ts',
    sourceDate: '2026-11-20',
  },
  {
    // A bearer token needs a permission of its own; the refusal speaks of the token, not of a model.
    names: ['AccessDeniedException'],
    text: /CallWithBearerToken|bearer token|api key|security token|signature|credential|authentication/i,
    code: 'provider_auth',
    source: 'bedrock.md 1.8',
    sourceDate: '2026-11-20',
  },
]

/**
 * CountTokens takes the id of a foundation model only, so what stands before it is left out: the ARN of a profile, and
 * the profile's prefix, whichever it is (bedrock.md 1.6 and section 2, 2026-11-20). It counts for Claude alone, whose ids
 * begin with `anthropic.`; another id, and the ARN of an application profile, stay as they are for Bedrock to refuse.
 */
export const countedId = (upstreamId: string): string =>
  upstreamId
    .replace(/^arn:[^/]*:(?:inference-profile|foundation-model)\//, '')
    .replace(/^[a-z-]+\.(?=anthropic\.)/, '')
