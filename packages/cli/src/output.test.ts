import { expect, test } from 'vitest'
import { createOutput, type OutputOptions } from './output.ts'

function printed(options: Partial<OutputOptions> = {}) {
  const lines: string[] = []
  const write = (text: string): void => void lines.push(text)
  return { lines, output: createOutput({ json: false, colour: true, columns: 20, write, ...options }) }
}
const red = (text: string): string => `\u001b[31m${text}\u001b[0m`

test('a coloured sentence is cleaned and broken before it is coloured', () => {
  const { lines, output } = printed()
  output.sentence('Line 3 holds \u001b[2J no record.', 2, output.bad)
  expect(lines).toEqual([`${red('Line 3 holds [2J no')}\n`, `${red('  record.')}\n`])
})

test('a failure has a red mark, and only that is coloured and said once', () => {
  const { lines, output } = printed()
  output.failure('Line 3 holds ✗ no record.', 2)
  expect(lines).toEqual([`${red('✗')} Line 3 holds ✗ no\n`, '  record.\n'])
  const plain = printed({ colour: false, columns: null })
  plain.output.failure('Line 3.')
  expect(plain.lines).toEqual(['✗ Line 3.\n'])
})
