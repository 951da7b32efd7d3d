/**
 * What is wrong with a body for Claude, in Anthropic's words. Bedrock's InvokeModel passes these words on; each face puts
 * them into its own kind of error.
 */
export class ClaudeProblem extends Error {
  /** `missing`: the request names something that is not there, such as an uploaded file. */
  readonly kind: 'invalid' | 'missing'

  constructor(message: string, kind: 'invalid' | 'missing' = 'invalid') {
    super(message)
    this.name = 'ClaudeProblem'
    this.kind = kind
  }
}

/** A problem at a place: `messages.0.content: Input should be a valid list`. */
export function problemAt(where: string, problem: string): ClaudeProblem {
  return new ClaudeProblem(`${where}: ${problem}`)
}
