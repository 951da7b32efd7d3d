import type { PointsmanError } from '@pointsman/contract'

/** How a vendor says that a request is longer than the model takes. */
export interface TooLongWords {
  /** What its clients look for in a message. */
  readonly lookedFor: RegExp
  /** Begins a message that lacks it. */
  readonly said: string
}

/**
 * The message in the words of the face's vendor: by them alone most agents know that a shorter conversation would be
 * served, and a model of another vendor said it in its own.
 */
export const messageIn = ({ lookedFor, said }: TooLongWords, { details, message }: PointsmanError): string =>
  details.tooLong !== true || lookedFor.test(message) ? message : `${said}: ${message}`
