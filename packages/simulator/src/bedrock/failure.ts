/** The HTTP status of each error name (bedrock.md 1.7, and the unmodelled ones of AWS's front). Others are 400. */
const STATUS_BY_NAME: ReadonlyMap<string, number> = new Map(
  Object.entries({
    AccessDeniedException: 403,
    ConflictException: 400,
    ExpiredTokenException: 403,
    IncompleteSignatureException: 400,
    InternalServerException: 500,
    InvalidSignatureException: 403,
    MissingAuthenticationTokenException: 403,
    ModelErrorException: 424,
    ModelNotReadyException: 429,
    ModelStreamErrorException: 424,
    ModelTimeoutException: 408,
    RequestEntityTooLargeException: 413,
    ResourceNotFoundException: 404,
    SerializationException: 400,
    ServiceQuotaExceededException: 400,
    ServiceUnavailableException: 503,
    ThrottlingException: 429,
    UnknownOperationException: 404,
    UnrecognizedClientException: 403,
    ValidationException: 400,
  }),
)

/** What Bedrock says with an error, where a script gives no message. */
const MESSAGE_BY_NAME: ReadonlyMap<string, string> = new Map(
  Object.entries({
    AccessDeniedException: "You don't have access to the model with the specified model ID.",
    ExpiredTokenException: 'The security token included in the request is expired',
    InternalServerException:
      'The system encountered an unexpected error during processing. Try your request again.',
    ModelErrorException:
      'The model returned the following errors: an error was encountered while processing.',
    ModelNotReadyException:
      'The model specified in the request is not ready to serve inference requests. The AWS SDK will automatically retry the operation up to 5 times.',
    ModelStreamErrorException:
      'An error was encountered while the model streamed its response. Try your request again.',
    ModelTimeoutException:
      'The request took too long to process. Processing time exceeded the model timeout length.',
    ResourceNotFoundException:
      'This model version has reached the end of its life. Please refer to the AWS documentation for more details.',
    ServiceQuotaExceededException: 'Your request exceeds the service quota for your account.',
    ServiceUnavailableException: 'Bedrock is unable to process your request.',
    ThrottlingException: 'Too many requests, please wait before trying again.',
    UnrecognizedClientException: 'The security token included in the request is invalid.',
    ValidationException: 'The provided request is not valid.',
  }),
)

/** Members that some errors carry beside their message. */
const MEMBERS_BY_NAME: ReadonlyMap<string, Readonly<Record<string, string | number>>> = new Map(
  Object.entries({
    ModelErrorException: { originalStatusCode: 500, resourceName: 'model' },
    ModelStreamErrorException: { originalStatusCode: 500, originalMessage: 'stream interrupted' },
  }),
)

/** A refusal in Bedrock's words: thrown while a request is read, sent by the face. */
export class BedrockFailure extends Error {
  readonly status: number

  /** Message and status default to what Bedrock says and sends under this name. */
  constructor(name: string, message?: string, status?: number) {
    super(message ?? failureMessage(name))
    this.name = name
    this.status = status ?? STATUS_BY_NAME.get(name) ?? 400
  }
}

/** The usual words of an error; the name itself where none are known. */
export function failureMessage(name: string): string {
  return MESSAGE_BY_NAME.get(name) ?? name
}

/** The JSON of an error: its message, and the members that errors of this name carry. */
export function failureBody(name: string, message: string): string {
  return JSON.stringify({ message, ...MEMBERS_BY_NAME.get(name) })
}

export function validation(message: string): BedrockFailure {
  return new BedrockFailure('ValidationException', message)
}
