import type { Client } from '@pointsman/sdk'
import type { Output } from './output.ts'

export interface OptionShape {
  /** `list`: comma-separated, and may be given more than once. */
  readonly type: 'string' | 'boolean' | 'list'
  readonly short?: string
  readonly summary: string
  /** What stands for the value in the usage text: `--limit N`. */
  readonly value?: string
}

/** Where a command that talks reads and writes. */
export interface Terminal {
  /** Lines as they are typed, without their ends. */
  readonly lines: AsyncIterable<string>
  /** Everything up to its end. */
  readonly readAll: () => Promise<string>
  /** A file's text. Throws UsageError where it cannot be read. */
  readonly readFile: (path: string) => Promise<string>
  /** Typed without being shown, or over a pipe. Throws UsageError where there is none. */
  readonly readSecret: (prompt: string) => Promise<string>
  /** A person sits at both ends. */
  readonly interactive: boolean
}

/** A short-term token of Amazon Bedrock, which this room cannot make by itself: it has no AWS credentials. */
export interface BedrockToken {
  readonly token: string
  /** ISO 8601. */
  readonly expiresAt: string
  readonly region: string
}

/** Throws FailedError where there is nothing to sign it with. */
export type MakeBedrockToken = (order: {
  readonly hours: number
  /** Undefined = as the environment says. */
  readonly region: string | undefined
}) => Promise<BedrockToken>

export interface Asked {
  /** A positional by its name, without `?`; empty where it was left out. */
  readonly argument: (name: string) => string
  /** A string option's value; undefined when it was not given. */
  readonly text: (name: string) => string | undefined
  /** Throws UsageError where it is none, or less than `least`. */
  readonly number: (name: string, least: number) => number | undefined
  /** Undefined when it was not given. */
  readonly list: (name: string) => readonly string[] | undefined
  readonly flag: (name: string) => boolean
  readonly client: Client
  readonly output: Output
  readonly terminal: Terminal
  readonly makeBedrockToken: MakeBedrockToken
}

/** A server command as a value: what it is called, what it takes, what it does. Answers the exit code. */
export interface Command {
  /** As typed after `pointsman`: `switches revert`. */
  readonly name: string
  readonly summary: string
  /** More for its own help; none where the summary says all. */
  readonly details?: string
  /** Names of its positionals; a trailing `?` marks one that may be left out. */
  readonly positionals: readonly string[]
  readonly options: { readonly [name: string]: OptionShape }
  /** As typed, `pointsman` included. */
  readonly examples: readonly string[]
  run(asked: Asked): Promise<number>
}

/** 0 done · 1 refused or failed · 2 wrongly typed · 3 no answer from the server · 4 the key is missing, wrong or lacks the scope. */
export const exitCodes = { done: 0, failed: 1, usage: 2, unreachable: 3, unauthorised: 4 } as const

/** What was typed is wrong: exit code 2. */
export class UsageError extends Error {
  /** Whose help says more. */
  readonly command: Command | null

  constructor(message: string, command: Command | null = null) {
    super(message)
    this.name = 'UsageError'
    this.command = command
  }
}

/** What this machine could not do, with the next step: exit code 1. */
export class FailedError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.name = 'FailedError'
    this.code = code
  }
}

/** No key was given, and the door knows of none: exit code 4. */
export class MissingKeyError extends Error {
  constructor() {
    super('No key was given.')
    this.name = 'MissingKeyError'
  }
}

/** One of the words that an option takes. Throws UsageError that lists them. */
export function oneOf<const Word extends string>(
  name: string,
  value: string | undefined,
  words: readonly Word[],
): Word | undefined {
  if (value === undefined) return undefined
  const word = words.find((candidate) => candidate === value)
  if (word !== undefined) return word
  throw new UsageError(`--${name} takes ${words.join(', ')}, not "${value}".`)
}
