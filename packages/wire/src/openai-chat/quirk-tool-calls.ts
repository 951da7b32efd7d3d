import { readArguments } from '../tool-arguments.ts'

/** Nothing can follow: after a whole object any further argument would be of another call. */
export const isWhole = (argumentsJson: string): boolean =>
  argumentsJson.trimEnd().endsWith('}') && readArguments(argumentsJson) !== null

/** What one piece of a streamed call says; empty = nothing. */
export interface CallPiece {
  readonly id: string
  readonly name: string
  readonly json: string
}

/**
 * Whether a piece begins a call of its own although another one has its number: some servers number all calls 0, with ids
 * or without (ai-dynamo/dynamo pull 4723, 2025-12; huggingface/smolagents pull 1958, 2026-01), some repeat the name with
 * each piece.
 */
export function beginsAnother(call: CallPiece, piece: CallPiece): boolean {
  if (piece.name === '' || call.name === '') return false
  if (piece.id !== '' && call.id !== '') return piece.id !== call.id
  return piece.name !== call.name || (piece.json.trim() !== '' && isWhole(call.json))
}
