import type { Behind } from '@pointsman/sdk'
import { instant } from './format.ts'
import type { Output } from './output.ts'

/** More would hide what else was told. */
const mostNamed = 12

/** `a, b and 3 more (--json names them)` */
export const named = (names: readonly string[]): string =>
  names.length <= mostNamed
    ? names.join(', ')
    : `${names.slice(0, mostNamed).join(', ')} and ${names.length - mostNamed} more (--json names them)`

/** Whether what was changed is live, for the end of a sentence. */
export function liveWords({ pending, unheard }: Behind): string {
  if (pending.length > 0)
    return `not yet confirmed by ${pending.length === 1 ? 'replica' : 'replicas'} ${named(pending)}`
  return unheard.length === 0 ? 'live on every replica' : 'live on every replica that is heard of'
}

/** Who may serve what was before for a day still. */
export function tellUnheard({ unheard }: Behind, output: Output): void {
  if (unheard.length === 0) return
  const whose = named(unheard.map(({ id, since }) => `${id} (since ${instant(since)} UTC)`))
  output.sentence(
    `  Not heard of: ${whose}. Killed, or cut off from the database: then it serves what was before, for a day at most. Stop it there, or see that it reaches the database.`,
    2,
  )
}

/** Says nothing where every replica knows. */
export function tellBehind(behind: Behind, output: Output): void {
  if (behind.pending.length > 0)
    output.sentence(`  Not yet with: ${named(behind.pending)}. They follow by themselves.`, 2)
  tellUnheard(behind, output)
}
