import { PointsmanApiError } from '@pointsman/sdk'
import { exitCodes, FailedError, MissingKeyError, UsageError } from './command.ts'
import { didYouMean } from './nearest-names.ts'
import { printable } from './terminal-text.ts'

/** An error as one line with the next step, and the exit code that says its kind to programs. */
export interface ToldError {
  readonly line: string
  readonly code: string
  readonly statusCode: number
  readonly exitCode: number
}

export function tellError(thrown: unknown): ToldError {
  if (thrown instanceof UsageError) {
    const more = thrown.command === null ? '' : ` See: pointsman ${thrown.command.name} --help`
    return { line: thrown.message + more, code: 'usage', statusCode: 0, exitCode: exitCodes.usage }
  }
  if (thrown instanceof MissingKeyError) {
    const step = 'Set POINTSMAN_SERVICE_KEY (the server says at its start where its key is), or pass --key.'
    return {
      ...{ line: `${thrown.message} ${step}`, code: 'missing_key', statusCode: 0 },
      exitCode: exitCodes.unauthorised,
    }
  }
  if (thrown instanceof FailedError) {
    const { code, message } = thrown
    return { line: message, code, statusCode: 0, exitCode: exitCodes.failed }
  }
  if (thrown instanceof PointsmanApiError) {
    const { code, statusCode } = thrown
    return { line: printable(lineOf(thrown)), code, statusCode, exitCode: exitCodeOf(thrown) }
  }
  const cause = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
  return {
    line: `This is a fault of the program itself: ${cause}`,
    code: 'internal',
    statusCode: 0,
    exitCode: exitCodes.failed,
  }
}

function lineOf(error: PointsmanApiError): string {
  const parts = [/[.?!]$/.test(error.message) ? error.message : `${error.message}.`]
  const unnamed = error.suggestions.filter((name) => !error.message.includes(name))
  if (unnamed.length > 0) parts.push(didYouMean(unnamed.slice(0, 3)).trim())
  const step = nextStep(error)
  if (step !== null) parts.push(step)
  return parts.join(' ')
}

function nextStep({ code, statusCode, retryAfterMs }: PointsmanApiError): string | null {
  if (code === 'unreachable')
    return 'Start one with "pointsman sandbox", or name it with --url or POINTSMAN_URL.'
  if (code === 'timeout') return 'Try again, or look at the log of the server.'
  if (statusCode === 401) return 'Set POINTSMAN_SERVICE_KEY to a key of this server, or pass --key.'
  if (statusCode === 403) return 'Another key may be allowed to: --key, or POINTSMAN_SERVICE_KEY.'
  if (statusCode === 429 && retryAfterMs !== null) return `Try again in ${Math.ceil(retryAfterMs / 1_000)} s.`
  return null
}

function exitCodeOf({ code, statusCode }: PointsmanApiError): number {
  if (code === 'not_configured') return exitCodes.usage
  if (statusCode === 0 || code === 'cut') return exitCodes.unreachable
  return statusCode === 401 || statusCode === 403 ? exitCodes.unauthorised : exitCodes.failed
}
