import type { Answer, AnswerPart } from '../answer/answer.ts'
import { answerParts } from '../answer/parts.ts'

/** The parts of several answers as one stream tells them, and whose each is. */
export interface ChoiceParts {
  readonly parts: readonly AnswerPart[]
  readonly choiceOf: ReadonlyMap<AnswerPart, number>
}

/** Several choices are written at the same time: a part of each in turn, and the usage of all at the end. */
export function choiceParts(answers: readonly Answer[], pieces: number | null): ChoiceParts {
  const columns = answers.map((answer) => answerParts(answer, pieces))
  const usage = columns.flatMap((parts) => parts.filter((part) => part.kind === 'usage')).slice(0, 1)
  const choices = columns.map((parts) => parts.filter((part) => part.kind !== 'usage'))
  const longest = Math.max(...choices.map((parts) => parts.length))
  const told = Array.from({ length: longest }, (_none, row) =>
    choices.flatMap((parts, choice) => {
      const part = parts[row]
      return part === undefined ? [] : [[part, choice] as const]
    }),
  ).flat()
  return { parts: [...told.map(([part]) => part), ...usage], choiceOf: new Map(told) }
}
