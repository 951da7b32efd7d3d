import type { Behind } from '@pointsman/sdk'
import { exitCodes, UsageError, type Asked, type OptionShape } from './command.ts'
import { liveWords, tellUnheard } from './behind-words.ts'
import type { Output } from './output.ts'

/** Of every command that plans a change first. */
export const planOptions: { readonly [name: string]: OptionShape } = {
  'dry-run': { type: 'boolean', summary: 'only show what would change' },
  apply: { type: 'boolean', summary: 'change it, and do not ask first' },
}

interface Outcome extends Behind {
  readonly applied: boolean
  readonly revision: number
}

/** How a kind of plan is told. */
export interface PlanWords<Planned extends Outcome> {
  /** Row by row, with what should be known beside. */
  tell(output: Output, planned: Planned): void
  /** `3 new, 2 changed.` */
  counts(planned: Planned): string
  changesAnything(planned: Planned): boolean
  /** How many items could not be taken: a change without them is no success. */
  refused(planned: Planned): number
}

type Ask<Planned> = (order: { readonly dryRun: boolean }, ifMatch: number | null) => Promise<Planned>

/**
 * Shows the plan, then makes the change where that was asked for or a person at a terminal says yes: what was shown is what
 * is made, or nothing is.
 */
export async function planThenApply<Planned extends Outcome>(
  asked: Asked,
  words: PlanWords<Planned>,
  ask: Ask<Planned>,
): Promise<number> {
  const { output, flag, terminal } = asked
  if (flag('apply') && flag('dry-run'))
    throw new UsageError('--apply and --dry-run contradict each other. Leave one out.')
  if (flag('apply')) {
    const made = await ask({ dryRun: false }, null)
    show(output, words, made)
    return exitCode(words, made)
  }
  const planned = await ask({ dryRun: true }, null)
  show(output, words, planned)
  if (output.json || flag('dry-run') || !words.changesAnything(planned)) return exitCodes.done
  if (!terminal.interactive) {
    output.line(output.dim('Nothing was changed. --apply makes the change.'))
    return exitCodes.done
  }
  output.text('Make this change? [y/N] ')
  if (!(await saysYes(terminal.lines))) {
    output.line('Nothing was changed.')
    return exitCodes.done
  }
  const made = await ask({ dryRun: false }, planned.revision)
  tellApplied(output, words, made)
  return exitCode(words, made)
}

const exitCode = <Planned extends Outcome>(words: PlanWords<Planned>, made: Planned): number =>
  words.refused(made) === 0 ? exitCodes.done : exitCodes.failed

async function saysYes(lines: AsyncIterable<string>): Promise<boolean> {
  for await (const line of lines) return /^y(es)?$/i.test(line.trim())
  return false
}

function show<Planned extends Outcome>(output: Output, words: PlanWords<Planned>, planned: Planned): void {
  if (output.json) return output.value(planned)
  words.tell(output, planned)
  if (planned.applied) tellApplied(output, words, planned)
  else if (words.changesAnything(planned)) output.line(words.counts(planned))
  else tellUnchanged(output, words, planned)
}

function tellUnchanged<Planned extends Outcome>(
  output: Output,
  words: PlanWords<Planned>,
  planned: Planned,
): void {
  if (words.refused(planned) === 0) output.line(`${output.good('✓')} Nothing to change.`)
  else output.line(`${output.bad('✗')} ${words.counts(planned)} Nothing else to change.`)
}

function tellApplied<Planned extends Outcome>(
  output: Output,
  words: PlanWords<Planned>,
  planned: Planned,
): void {
  const { applied, revision } = planned
  if (!applied) return tellUnchanged(output, words, planned)
  output.line(`${output.good('✓')} ${words.counts(planned)}`)
  output.line(output.dim(`  Revision ${revision}, ${liveWords(planned)}.`))
  tellUnheard(planned, output)
}
