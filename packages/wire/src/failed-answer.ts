import { PointsmanError, type WholeResult } from '@pointsman/contract'

/** An answer that says of itself that it failed, and what it had used by then. */
export class FailedAnswer extends PointsmanError {
  readonly told: WholeResult

  constructor(error: PointsmanError, told: WholeResult) {
    super(error.code, error.message, error.details)
    this.told = told
  }
}
