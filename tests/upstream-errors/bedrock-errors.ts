// size: a declared table of errors
import {
  broken,
  contentRefused,
  credentialRefused,
  cutOff,
  empty,
  failed,
  html,
  json,
  modelRefused,
  overloaded,
  redirect,
  requestRefused,
  throttled,
  truncated,
  type ErrorCase,
  type ErrorGroup,
} from './expectations.ts'

/*
 * Bedrock Runtime: API reference of Converse and InvokeModel, "Common errors" and the troubleshooting page of the user
 * guide (2026-11), and answers recorded in public issues.
 */
const aws = (
  status: number,
  type: string,
  message: string,
  more: { readonly headers?: { readonly [name: string]: string }; readonly wait?: string } = {},
): ErrorCase => ({
  name: `${status} ${type}: ${message}`,
  ...json(
    status,
    { message },
    {
      'x-amzn-errortype': `${type}:http://internal.amazon.com/coral/com.amazon.bedrock/`,
      'x-amzn-requestid': 'b-1',
      ...more.headers,
    },
  ),
  ...(more.wait === undefined ? {} : { wait: more.wait }),
})
const invalid = (message: string): ErrorCase => aws(400, 'ValidationException', message)
const denied = (message: string): ErrorCase => aws(403, 'AccessDeniedException', message)
const busy = 'Too many requests, please wait before trying again.'

export const bedrockErrors: readonly ErrorGroup[] = [
  throttled(
    aws(429, 'ThrottlingException', busy),
    aws(429, 'ThrottlingException', 'Too many tokens, please wait before trying again.'),
    aws(429, 'ThrottlingException', 'Too many tokens per day, please wait before trying again.'),
    aws(429, 'ThrottlingException', `${busy} Seconds.`, { headers: { 'retry-after': '7' }, wait: '7' }),
    aws(429, 'ThrottlingException', `${busy} A date, by the vendor's clock.`, {
      headers: { date: 'Wed, 25 Nov 2026 10:00:00 GMT', 'retry-after': 'Wed, 25 Nov 2026 10:00:12 GMT' },
      wait: '12',
    }),
    aws(429, 'ThrottlingException', `${busy} Words.`, { headers: { 'retry-after': 'soon' } }),
    aws(429, 'TooManyRequestsException', 'Too Many Requests'),
    aws(400, 'ServiceQuotaExceededException', 'Your request exceeds the service quota for your account.'),
    aws(400, 'ThrottlingException', 'Rate exceeded'),
    {
      name: '400, the name in __type, with its namespace',
      ...json(400, { __type: 'com.amazon.coral.service#ThrottlingException', message: 'Rate exceeded' }),
    },
    empty(429),
    html(429),
  ),
  overloaded(
    aws(429, 'ModelNotReadyException', 'The model is not ready for inference. Wait and try again.'),
    aws(503, 'ServiceUnavailableException', 'Bedrock is unable to process your request.'),
    aws(503, 'ServiceUnavailable', 'The service is currently unavailable.'),
    empty(503),
    html(503),
  ),
  failed(
    aws(500, 'InternalServerException', 'The system encountered an unexpected error during processing.'),
    aws(500, 'InternalFailure', 'The request processing has failed because of an unknown error.'),
    aws(408, 'ModelTimeoutException', 'Model has timed out in processing the request.'),
    {
      name: '424 ModelErrorException with the status of the model',
      ...json(
        424,
        { message: 'The model failed.', originalStatusCode: 500, resourceName: 'arn:aws:sagemaker:x' },
        { 'x-amzn-errortype': 'ModelErrorException' },
      ),
    },
    aws(424, 'ModelStreamErrorException', 'The stream of the model failed.'),
    aws(500, 'ValidationException', 'An error of the service under a name that is not its own.'),
    empty(408),
    empty(424),
    empty(500),
    html(502),
    html(504),
    empty(520),
    truncated(500, '{"message":"The syst'),
    cutOff(500, '{"message":"The syst'),
    redirect(301, 'https://bedrock-runtime.us-east-1.amazonaws.com/'),
    redirect(302, 'http://169.254.169.254/latest/meta-data/'),
    redirect(303, '/elsewhere'),
    redirect(307, '/elsewhere'),
    redirect(308, '/elsewhere'),
  ),
  modelRefused(
    aws(404, 'ResourceNotFoundException', 'Could not resolve the foundation model from the identifier.'),
    aws(404, 'ResourceNotFoundException', 'Model use case details have not been submitted for this account.'),
    aws(404, 'ResourceNotFoundException', 'This model version has reached the end of its life.'),
    {
      name: '404, an operation that the service does not know',
      ...json(404, { Output: { __type: 'com.amazon.coral.service#UnknownOperationException' } }),
    },
    empty(404),
    html(404),
    invalid('The provided model identifier is invalid.'),
    invalid(
      'Invocation of model ID anthropic.claude-x with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.',
    ),
    invalid("Invocation of model ID anthropic.claude-x with on-demand throughput isn't supported."),
    invalid("The provided model doesn't support on-demand throughput."),
    invalid('This model version has reached the end of its life.'),
    invalid("This action doesn't support the model that you provided. Try again with a supported model."),
    invalid("You don't have access to the model with the specified model ID."),
    invalid('Operation not allowed'),
    invalid('Your account is not authorized to invoke this API operation.'),
    invalid('The model is not supported in this Region.'),
    invalid(
      'Access to Anthropic models is not allowed from unsupported countries, regions, or territories. Please refer to https://www.anthropic.com/supported-countries for more information.',
    ),
    denied("You don't have access to the model with the specified model ID."),
    denied(
      'User: arn:aws:sts::123456789012:assumed-role/pointsman/x is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:eu-central-1::foundation-model/x because no identity-based policy allows the bedrock:InvokeModel action',
    ),
    denied(
      'Model access is denied due to INVALID_PAYMENT_INSTRUMENT: A valid payment instrument must be set.',
    ),
    denied(
      'Model access is denied: IAM user or service role is not authorized for the required AWS Marketplace actions.',
    ),
  ),
  credentialRefused(
    aws(403, 'UnrecognizedClientException', 'The security token included in the request is invalid.'),
    aws(403, 'ExpiredTokenException', 'The security token included in the request is expired'),
    aws(400, 'ExpiredTokenException', 'The security token included in the request is expired'),
    aws(403, 'InvalidSignatureException', 'The request signature we calculated does not match.'),
    aws(403, 'InvalidSignatureException', 'Signature expired: 20261125T000000Z is now earlier than …'),
    aws(403, 'SignatureDoesNotMatch', 'The request signature we calculated does not match.'),
    aws(403, 'InvalidClientTokenId', 'The X.509 certificate or AWS access key ID does not exist.'),
    aws(403, 'MissingAuthenticationTokenException', 'Missing Authentication Token'),
    aws(403, 'MissingAuthenticationToken', 'Missing Authentication Token'),
    aws(400, 'IncompleteSignature', 'The request signature does not conform to AWS standards.'),
    aws(403, 'IncompleteSignatureException', 'Authorization header requires Credential parameter.'),
    aws(400, 'RequestExpired', 'The request reached the service more than 15 minutes after its date stamp.'),
    aws(400, 'NotAuthorized', 'You do not have permission to perform this action.'),
    aws(403, 'OptInRequired', 'The AWS access key ID needs a subscription for the service.'),
    denied('User: arn:aws:iam::1:user/x is not authorized to perform: bedrock:CallWithBearerToken'),
    denied('Authentication failed: Please make sure your API Key is valid.'),
    { name: '403, a Message alone', ...json(403, { Message: 'Bearer Token has expired' }) },
    {
      name: '403, a format',
      ...json(403, { Message: 'Invalid API Key format: Must start with pre-defined prefix' }),
    },
    aws(401, 'ValidationException', 'A name that speaks of the request under the status of a key.'),
    empty(401),
    empty(403),
    html(403),
  ),
  requestRefused(
    invalid('The text field in the ContentBlock object at messages.0.content.0 is blank.'),
    invalid('Malformed input request: #/messages: expected minimum item count: 1, found: 0'),
    invalid('Input is too long for requested model.'),
    invalid('prompt is too long: 215632 tokens > 200000 maximum'),
    invalid('The maximum tokens you requested exceeds the model limit of 10000.'),
    invalid('A conversation must start with a user message.'),
    invalid(
      "1 validation error detected: Value at 'inferenceConfig.temperature' failed to satisfy constraint",
    ),
    invalid('The guardrail identifier or version provided in the request does not exist.'),
    invalid('messages.1.content.0: tool_use ids were found without tool_result blocks'),
    aws(400, 'ConflictException', 'The request conflicts with the state of the resource.'),
    aws(413, 'RequestEntityTooLargeException', 'The request is larger than 25000000 bytes.'),
    aws(422, 'ValidationException', 'The request cannot be processed.'),
    empty(400),
    html(400),
    html(413),
    truncated(400, '{"message":'),
  ),
  contentRefused(
    invalid('Output blocked by content filtering policy'),
    invalid('This request has been blocked by our content filters.'),
  ),
  broken(
    { name: '200, an error in place of an answer', ...json(200, { message: 'Something went wrong.' }) },
    {
      name: '200, an operation that the service does not know',
      ...json(200, {
        Output: { __type: 'com.amazon.coral.service#UnknownOperationException' },
        Version: '1.0',
      }),
    },
    empty(200),
    html(200, "a hotel's login page"),
    truncated(200, '{"output":{"message":{"role":"assistant","content":[{"te'),
    cutOff(200, '{"output":{"message":{"role":"assi'),
  ),
]
