import type { Client } from '@pointsman/sdk'
import type { Output } from './output.ts'

export interface OptionShape {
  readonly type: 'string' | 'boolean'
  readonly short?: string
  readonly summary: string
  /** What stands for the value in the usage text: `--limit N`. */
  readonly value?: string
}

export interface Asked {
  readonly positionals: readonly string[]
  /** A string option's value; undefined when it was not given. */
  text(name: string): string | undefined
  flag(name: string): boolean
  readonly client: Client
  readonly output: Output
}

/** A server command as a value: what it is called, what it takes, what it does. Answers the exit code. */
export interface Command {
  /** As typed after `pointsman`: `switches revert`. */
  readonly name: string
  readonly summary: string
  /** Names of its positionals; a trailing `?` marks one that may be left out, `…` one that takes all that follow. */
  readonly positionals: readonly string[]
  readonly options: { readonly [name: string]: OptionShape }
  run(asked: Asked): Promise<number>
}

/** 0 done · 1 refused or failed · 2 wrongly typed · 3 no answer from the server · 4 the key is missing, wrong or lacks the scope. */
export const exitCodes = { done: 0, failed: 1, usage: 2, unreachable: 3, unauthorised: 4 } as const
