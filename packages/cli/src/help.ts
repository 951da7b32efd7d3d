import type { Command, OptionShape } from './command.ts'
import { generalOptions } from './parse-line.ts'
import { hanging, wrap } from './terminal-text.ts'

/** A command of the program that is not ours: it starts something instead of asking a server. */
export interface OtherCommand {
  readonly name: string
  readonly summary: string
}

const columnsOfHelp = 80

/** `switch MODEL_ID [options]`. */
export const usageLine = (command: Command): string =>
  [
    command.name,
    ...command.positionals.map((name) => (name.endsWith('?') ? `[${name.slice(0, -1)}]` : name)),
    ...(Object.keys(command.options).length === 0 ? [] : ['[options]']),
  ].join(' ')

export function generalHelp(commands: readonly Command[], others: readonly OtherCommand[]): string {
  const list = (entries: readonly OtherCommand[]): readonly string[] => {
    const width = Math.max(...[...commands, ...others].map(({ name }) => name.length))
    return entries.flatMap(({ name, summary }) =>
      hanging(`  ${name.padEnd(width)}  `, summary, columnsOfHelp),
    )
  }
  return [
    'Usage: pointsman COMMAND [options]',
    '',
    'Decides which model answers a request, and moves that decision at once.',
    '',
    ...(others.length === 0 ? [] : ['Start something here', ...list(others), '']),
    'Ask or change a running server',
    ...list(commands),
    '',
    'Options of all of these',
    ...optionLines(generalOptions),
    '',
    'Exit codes: 0 done, 1 refused or failed, 2 wrongly typed, 3 no answer,',
    '4 the key is missing, wrong, or lacks the scope.',
    'More on one: pointsman COMMAND --help',
    '',
  ].join('\n')
}

export function commandHelp(command: Command): string {
  return [
    `Usage: pointsman ${usageLine(command)}`,
    '',
    ...wrap(`${command.summary}${command.details === undefined ? '' : ` ${command.details}`}`, columnsOfHelp),
    '',
    ...(Object.keys(command.options).length === 0 ? [] : ['Options', ...optionLines(command.options), '']),
    'General options',
    ...optionLines(generalOptions),
    '',
    command.examples.length === 1 ? 'Example' : 'Examples',
    ...command.examples.map((example) => `  ${example}`),
    '',
  ].join('\n')
}

export const optionName = (name: string, { short, value }: OptionShape): string =>
  `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`

function optionLines(options: { readonly [name: string]: OptionShape }): readonly string[] {
  const named = Object.entries(options).map(
    ([name, shape]) => [optionName(name, shape), shape.summary] as const,
  )
  const width = Math.max(...named.map(([name]) => name.length))
  return named.flatMap(([name, summary]) => hanging(`  ${name.padEnd(width)}  `, summary, columnsOfHelp))
}
