/**
 * How far the arguments of a call have come. Keeps none of them: to read all anew with each piece would cost the square of
 * their length.
 */
export class ArgumentsProgress {
  #isWhole = false
  #isOther = false
  #depth = 0
  #inString = false
  #isEscaped = false

  /** Nothing can follow: after a whole object any further argument would be of another call. */
  get isWhole(): boolean {
    return this.#isWhole
  }

  add(json: string): void {
    for (const char of json) {
      if (this.#isWhole || this.#isOther) return
      if (this.#inString) this.#withinString(char)
      else this.#between(char)
    }
  }

  #withinString(char: string): void {
    if (this.#isEscaped) this.#isEscaped = false
    else if (char === '\\') this.#isEscaped = true
    else if (char === '"') this.#inString = false
  }

  #between(char: string): void {
    if (this.#depth === 0 && char !== '{') {
      this.#isOther = char.trim() !== ''
      return
    }
    if (char === '"') this.#inString = true
    else if (char === '{' || char === '[') this.#depth += 1
    else if (char === '}' || char === ']') {
      this.#depth -= 1
      this.#isWhole = this.#depth === 0
    }
  }
}

/** What one piece of a streamed call says; empty = nothing. */
export interface CallPiece {
  readonly id: string
  readonly name: string
  readonly json: string
}

/** What its pieces have said until now. */
export interface CallSoFar {
  readonly id: string
  readonly name: string
  readonly progress: ArgumentsProgress
}

/**
 * Whether a piece begins a call of its own although another one has its number: some servers number all calls 0, with ids
 * or without (ai-dynamo/dynamo pull 4723, 2025-12; huggingface/smolagents pull 1958, 2026-01), some repeat the name with
 * each piece.
 */
export function beginsAnother(call: CallSoFar, piece: CallPiece): boolean {
  if (piece.name === '' || call.name === '') return false
  if (piece.id !== '' && call.id !== '') return piece.id !== call.id
  return piece.name !== call.name || (piece.json.trim() !== '' && call.progress.isWhole)
}
