import { parseArgs } from 'node:util'
import { UsageError, type Asked, type Command, type OptionShape } from './command.ts'
import { didYouMean, nearestNames } from './nearest-names.ts'

/** What every command takes. */
export const generalOptions = {
  url: { type: 'string', value: 'URL', summary: 'the server; POINTSMAN_URL, then http://127.0.0.1:7070' },
  key: { type: 'string', value: 'KEY', summary: 'POINTSMAN_SERVICE_KEY, then SUPABASE_SERVICE_KEY' },
  json: { type: 'boolean', summary: 'print JSON' },
  help: { type: 'boolean', short: 'h', summary: 'print this' },
} as const satisfies { readonly [name: string]: OptionShape }

/** What was typed, as far as it can be understood without a command. */
export interface Line {
  /** Words that are neither options nor their values. */
  readonly words: readonly string[]
  /** Everything but the first words of a command's name. */
  without(count: number): readonly string[]
  readonly help: boolean
  readonly json: boolean
}

type Shapes = { readonly [name: string]: OptionShape }

const forParser = (shapes: Shapes) =>
  Object.fromEntries(
    Object.entries(shapes).map(([name, { type, short }]) => [
      name,
      {
        type: type === 'boolean' ? ('boolean' as const) : ('string' as const),
        multiple: true,
        ...(short === undefined ? {} : { short }),
      },
    ]),
  )

/** Options may stand anywhere, so the values of all commands' options are known here, lest one be taken for a command. */
export function readLine(argv: readonly string[], commands: readonly Command[]): Line {
  const shapes = Object.assign({}, ...commands.map(({ options }) => options), generalOptions) as Shapes
  const { tokens, values } = parseArgs({
    ...{ args: [...argv], options: forParser(shapes), strict: false, allowPositionals: true, tokens: true },
  })
  const positionals = tokens.flatMap((token) => (token.kind === 'positional' ? [token] : []))
  return {
    words: positionals.map(({ value }) => value),
    without: (count) => {
      const named = new Set(positionals.slice(0, count).map(({ index }) => index))
      return argv.filter((_, index) => !named.has(index))
    },
    help: values['help'] !== undefined,
    json: values['json'] !== undefined,
  }
}

export interface FoundCommand {
  readonly command: Command
  /** How many words its name has as it was typed. */
  readonly count: number
}

/** `models` alone is `models list`. Throws UsageError with the nearest names. */
export function findCommand(
  words: readonly string[],
  commands: readonly Command[],
  others: readonly string[],
): FoundCommand {
  const [first = '', second] = words
  const named = (name: string): Command | undefined => commands.find((command) => command.name === name)
  const two = second === undefined ? undefined : named(`${first} ${second}`)
  if (two !== undefined) return { command: two, count: 2 }
  const one = named(first)
  if (one !== undefined) return { command: one, count: 1 }
  const group = commands.filter(({ name }) => name.startsWith(`${first} `))
  if (group.length === 0) {
    const names = new Set([...commands.flatMap(({ name }) => [name, name.split(' ')[0] ?? name]), ...others])
    const near = nearestNames(first, names)
    throw new UsageError(`There is no command "${first}".${didYouMean(near)} See: pointsman --help`)
  }
  const list = named(`${first} list`)
  if (second === undefined && list !== undefined) return { command: list, count: 1 }
  const parts = group.map(({ name }) => name.slice(first.length + 1))
  const near = nearestNames(second ?? '', parts).map((part) => `${first} ${part}`)
  const typed = second === undefined ? first : `${first} ${second}`
  throw new UsageError(
    `There is no command "${typed}".${didYouMean(near)} There are: ${parts.map((part) => `${first} ${part}`).join(', ')}`,
  )
}

/** What a command was given, checked: no unknown option, no missing or surplus argument. Throws UsageError. */
export type Given = Pick<Asked, 'argument' | 'text' | 'number' | 'list' | 'flag'>

export function readGiven(rest: readonly string[], command: Command): Given {
  const shapes: Shapes = { ...command.options, ...generalOptions }
  const { tokens } = parseArgs({
    ...{ args: [...rest], options: forParser(shapes), strict: false, allowPositionals: true, tokens: true },
  })
  const values = new Map<string, string[]>()
  const positionals: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    const shape = Object.hasOwn(shapes, token.name) ? shapes[token.name] : undefined
    checkOption(command, shapes, shape, token)
    values.set(token.name, [...(values.get(token.name) ?? []), token.value ?? ''])
  }
  const places = readArguments(command, positionals)
  const text = (name: string): string | undefined => values.get(name)?.at(-1)
  return {
    argument: (name) => places.get(name) ?? '',
    text,
    flag: (name) => values.has(name),
    list: (name) =>
      values
        .get(name)
        ?.flatMap((value) => value.split(','))
        .map((value) => value.trim())
        .filter((value) => value !== ''),
    number: (name, least) => {
      const value = text(name)
      if (value === undefined) return undefined
      const number = value.trim() === '' ? Number.NaN : Number(value)
      if (Number.isFinite(number) && number >= least) return number
      throw new UsageError(`--${name} takes a number of ${least} or more, not "${value}".`, command)
    },
  }
}

interface OptionToken {
  readonly name: string
  readonly rawName: string
  readonly value: string | undefined
  readonly inlineValue: boolean | undefined
}

function checkOption(
  command: Command,
  shapes: Shapes,
  shape: OptionShape | undefined,
  token: OptionToken,
): void {
  const { name, rawName, value, inlineValue } = token
  if (shape === undefined) {
    const near = nearestNames(name, Object.keys(shapes)).map((option) => `--${option}`)
    throw new UsageError(`"${command.name}" has no option ${rawName}.${didYouMean(near)}`, command)
  }
  if (shape.type === 'boolean') {
    if (value !== undefined) throw new UsageError(`${rawName} takes no value.`, command)
    return
  }
  // "--reason --dry-run" is a forgotten value, not a reason.
  if (value === undefined || (inlineValue !== true && value.startsWith('-') && value !== '-')) {
    throw new UsageError(
      `${rawName} needs a value: ${rawName} ${shape.value ?? 'VALUE'}${value === undefined ? '' : ` (a value that begins with "-" is written ${rawName}=…)`}`,
      command,
    )
  }
}

function readArguments(command: Command, positionals: readonly string[]): ReadonlyMap<string, string> {
  const names = command.positionals.map((name) => name.replace(/\?$/, ''))
  const missing = command.positionals.find((name, place) => !name.endsWith('?') && !positionals[place])
  if (missing !== undefined) throw new UsageError(`${missing} is missing.`, command)
  const surplus = positionals[names.length]
  if (surplus !== undefined) {
    throw new UsageError(
      `"${surplus}" is one argument too many.${surplus.includes(' ') ? '' : ' Put quotes around text with spaces.'}`,
      command,
    )
  }
  return new Map(names.map((name, place) => [name, positionals[place] ?? '']))
}
