import { PointsmanError, type ToldUsage, type WholeResult } from '@pointsman/contract'

/** An answer that says of itself that it failed, or that cannot be read, and what it had used by then. */
export class FailedAnswer extends PointsmanError {
  readonly told: WholeResult

  constructor(error: PointsmanError, told: WholeResult) {
    super(error.code, error.message, error.details)
    this.told = told
  }
}

/** Reads an answer. Where it cannot be read, what it tells of its usage is told all the same: its vendor bills it. */
export function readOrTell<Result>(
  read: () => Result,
  tell: () => Pick<WholeResult, 'serviceTier'> & { readonly usage: ToldUsage | null },
): Result {
  try {
    return read()
  } catch (thrown) {
    if (!(thrown instanceof PointsmanError) || thrown instanceof FailedAnswer) throw thrown
    const { usage, serviceTier = null } = tell()
    if (usage === null || usage.inputTokens === null) throw thrown
    throw new FailedAnswer(thrown, { finish: null, usage, serviceTier })
  }
}
