import type { SwitchOutcome } from '@pointsman/sdk'
import { liveWords, named, tellUnheard } from './behind-words.ts'
import type { Output } from './output.ts'
import { scopeText } from './scope-options.ts'
import { printable } from './terminal-text.ts'

/** What became of a switch: what serves now, since when everywhere, what it costs, how to take it back. */
export function showOutcome(outcome: SwitchOutcome, output: Output): void {
  if (output.json) {
    output.value(outcome)
    return
  }
  const { from, to, fromId, toId, dryRun, switched, unchanged, masks, warnings } = outcome
  const where = scopeText(outcome.scope)
  // What serves it already may be inherited: then a switch sets it, and no other reaches the scope any more.
  const isKept = fromId === toId
  const move = isKept
    ? `${where} ${switched ? 'keeps' : 'would keep'} to ${to} from now on`
    : `${where}: ${from === null ? '' : `${from} → `}${to}`
  const would = isKept ? move : `${dryRun ? 'Would switch' : 'Proposed only:'} ${move}`
  if (switched) output.line(output.good('✓ ') + printable(move))
  else if (unchanged) output.sentence(`${to} serves ${where} already. Nothing was changed.`)
  else output.sentence(`${would}. Nothing was changed.`)
  output.line(output.dim(printable(`  ${toId}`)))
  if (switched) {
    output.sentence(`  Revision ${outcome.revision}, ${liveWords(outcome)}.`, 2)
    tellUnheard(outcome, output)
  }
  if (fromId !== toId) output.sentence(`  Cost: ${outcome.costExplanation}.`, 2)
  if (masks.length > 0) {
    output.sentence(`  These keep a model of their own, which this does not touch: ${named(masks)}.`, 2)
  }
  for (const warning of warnings) output.sentence(`  Warning: ${warning}.`, 2)
  if (outcome.switchId !== null) {
    output.line(output.dim(`  Take it back: pointsman switches revert ${printable(outcome.switchId)}`))
  }
}
