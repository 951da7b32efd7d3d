import { createClient, type Client, type ConnectionOptions } from '@pointsman/sdk'
import {
  exitCodes,
  MissingKeyError,
  UsageError,
  type Asked,
  type Command,
  type MakeBedrockToken,
} from './command.ts'
import { commands } from './commands.ts'
import { commandHelp, generalHelp, type OtherCommand } from './help.ts'
import { createOutput, type Output } from './output.ts'
import { findCommand, readGiven, readLine, type Given, type Line } from './parse-line.ts'
import { withProgress } from './progress.ts'
import { readAll, readLines, utf8Text } from './read-lines.ts'
import { readSecret, type SecretInput } from './read-secret.ts'
import { tellError } from './tell-error.ts'
import { wrap } from './terminal-text.ts'

/** Standard output and error, or anything that takes text. */
export interface Writer {
  write(text: string): unknown
  readonly isTTY?: boolean
}

export interface CliOptions {
  /** What was typed after `pointsman`. */
  readonly argv: readonly string[]
  /** Used where `--url` and `--key` are not given. This room reads no environment and no file. */
  readonly defaults: { readonly url: string; readonly key?: string | undefined }
  readonly stdin: SecretInput
  readonly stdout: Writer
  readonly stderr: Writer
  /** Standard output is a terminal: lines are fitted to it, and coloured. */
  readonly isTerminal: boolean
  /** Characters of its line; null = unlimited. */
  readonly columns: number | null
  /** As `isTerminal` unless set: for NO_COLOR and its like. */
  readonly colour?: boolean
  /** Commands of the program that others carry out; they stand in the help and among the suggestions. */
  readonly otherCommands?: readonly OtherCommand[]
  /** This room reads no file by itself. */
  readonly readFile?: (path: string) => Promise<Uint8Array>
  /** Absent = none is made here. */
  readonly makeBedrockToken?: MakeBedrockToken
  readonly fetch?: ConnectionOptions['fetch']
}

/** Carries out one command that asks or changes a server. Answers its exit code; never rejects. */
export async function runCli(options: CliOptions): Promise<number> {
  // SQL may begin with a comment, which is no option.
  const argv = options.argv.map((word) => (/^--\s/.test(word) ? ` ${word}` : word))
  const line = readLine(argv, commands)
  try {
    return await runLine(options, line)
  } catch (thrown) {
    const told = tellError(thrown)
    const { code, statusCode } = told
    options.stderr.write(
      line.json
        ? `${JSON.stringify({ error: { code, statusCode, message: told.line } })}\n`
        : `${wrap(`pointsman: ${told.line}`, options.stderr.isTTY === true ? options.columns : null).join('\n')}\n`,
    )
    return told.exitCode
  }
}

async function runLine(options: CliOptions, line: Line): Promise<number> {
  const others = options.otherCommands ?? []
  const asksForHelp = line.words[0] === 'help'
  const words = asksForHelp ? line.words.slice(1) : line.words
  if (words.length === 0) {
    options.stdout.write(generalHelp(commands, others))
    return asksForHelp || line.help ? exitCodes.done : exitCodes.usage
  }
  const otherNames = others.map(({ name }) => name)
  const { command, count } = findCommand(words, commands, otherNames)
  if (asksForHelp || line.help) {
    options.stdout.write(commandHelp(command))
    return exitCodes.done
  }
  return runCommand(options, command, readGiven(line.without(count), command))
}

async function runCommand(options: CliOptions, command: Command, given: Given): Promise<number> {
  const { stdin } = options
  const asked: Asked = {
    ...given,
    // Not before a command asks for it: one of them needs no server, and no key.
    get client() {
      return clientOf(options, given)
    },
    makeBedrockToken: options.makeBedrockToken ?? noTokens,
    output: outputOf(options, given.flag('json')),
    terminal: {
      lines: readLines(stdin),
      readAll: () => readAll(stdin),
      readFile: (path) => readFileOf(options, path),
      readSecret: (prompt) => readSecret(stdin, prompt, (text) => options.stderr.write(text)),
      interactive: options.isTerminal && stdin.isTTY === true,
    },
  }
  return command.run(asked)
}

async function noTokens(): Promise<never> {
  throw new UsageError('No AWS credentials can be read here.')
}

async function readFileOf({ readFile }: CliOptions, path: string): Promise<string> {
  if (readFile === undefined) throw new UsageError('No file can be read here.')
  let bytes: Uint8Array
  try {
    bytes = await readFile(path)
  } catch (cause) {
    throw new UsageError(`${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
  return utf8Text(bytes, path)
}

function clientOf(options: CliOptions, given: Given): Client {
  const { defaults, stderr } = options
  const key = given.text('key') ?? defaults.key
  if (key === undefined || key.trim() === '') throw new MissingKeyError()
  const send: NonNullable<ConnectionOptions['fetch']> = options.fetch ?? ((url, init) => fetch(url, init))
  const progress = { write: (text: string) => stderr.write(text), afterMs: 1_000 }
  return createClient({
    url: given.text('url') ?? defaults.url,
    key,
    fetch: stderr.isTTY === true ? withProgress(send, progress) : send,
  })
}

const outputOf = (options: CliOptions, json: boolean): Output =>
  createOutput({
    json,
    colour: options.colour ?? options.isTerminal,
    columns: options.isTerminal ? options.columns : null,
    write: (text) => options.stdout.write(text),
  })
