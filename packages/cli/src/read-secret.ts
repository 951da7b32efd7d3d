import { UsageError } from './command.ts'
import { readAll, type Input } from './read-lines.ts'

/** Standard input where it is a terminal: then what is typed can be kept from being shown. */
export type SecretInput = Input & { readonly isTTY?: boolean; setRawMode?(on: boolean): unknown }

const [interrupt, endOfInput, backspace, erase, escape] = ['\u0003', '\u0004', '\b', '\u007f', '\u001b']
/** What a terminal puts around what is pasted, where a shell has asked it to. */
const pasted = /\u001b\[20[01]~/g

/**
 * A secret, which is typed at a terminal without being shown, or comes over a pipe. Never an argument: those stand in the
 * shell's history and in the list of processes. Throws UsageError where there is none.
 */
export async function readSecret(
  input: SecretInput,
  prompt: string,
  tell: (text: string) => void,
): Promise<string> {
  const secret = input.isTTY === true ? await typed(input, prompt, tell) : await readAll(input)
  const trimmed = secret.trim()
  if (trimmed !== '') return trimmed
  throw new UsageError('Nothing was given. Type it at the prompt, or send it over a pipe (… < file).')
}

async function typed(input: SecretInput, prompt: string, tell: (text: string) => void): Promise<string> {
  tell(prompt)
  input.setRawMode?.(true)
  const decoder = new TextDecoder()
  let secret = ''
  try {
    for await (const piece of input) {
      const text = typeof piece === 'string' ? piece : decoder.decode(piece, { stream: true })
      const { line, done } = withKeys(secret, text.replaceAll(pasted, ''))
      secret = line
      if (done) return secret
    }
    return secret
  } finally {
    // In raw mode the terminal is not given back its cursor's line by the Enter that was typed.
    input.setRawMode?.(false)
    tell('\n')
  }
}

/** What stands in the line after these characters were typed. */
function withKeys(before: string, text: string): { readonly line: string; readonly done: boolean } {
  let line = before
  for (const character of text) {
    if (character === '\r' || character === '\n' || character === endOfInput) return { line, done: true }
    if (character === interrupt || character === escape) throw new UsageError('Nothing was stored.')
    line = character === erase || character === backspace ? line.slice(0, -1) : line + character
  }
  return { line, done: false }
}
