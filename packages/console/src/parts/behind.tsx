import type { Behind } from '@pointsman/sdk'
import { instant } from '../format/instants.ts'
import { fill } from '../text/fill.ts'
import { shared } from '../text/shared.ts'
import { tell } from './toast.tsx'

/** More would hide what else is told. */
const mostNamed = 12

/** `a, b and 3 more` */
export const namesInShort = (names: readonly string[]): string =>
  names.length <= mostNamed
    ? names.join(', ')
    : fill(shared.namesAndMore, {
        names: names.slice(0, mostNamed).join(', '),
        count: names.length - mostNamed,
      })

/** Who does not serve what was changed yet, a sentence each; of a change that every replica serves none. */
export const behindWords = ({ pending, unheard }: Behind): readonly string[] => [
  ...(pending.length === 0 ? [] : [fill(shared.notYetWith, { names: namesInShort(pending) })]),
  ...(unheard.length === 0
    ? []
    : [
        fill(shared.notHeardOf, {
          names: namesInShort(
            unheard.map(({ id, since }) => fill(shared.unheardSince, { id, since: instant(since) })),
          ),
        }),
      ]),
]

export const BehindTold = ({ behind }: { readonly behind: Behind }) =>
  behindWords(behind).map((words) => (
    <p key={words} className="warn-text small">
      {words}
    </p>
  ))

/**
 * Tells that something was changed, and who does not serve it yet: where some may not for a day, until it is closed. `detail`: what
 * else is to be known.
 */
export function tellChanged(title: string, behind: Behind, detail = ''): void {
  const words = [detail, ...behindWords(behind)].filter((sentence) => sentence !== '').join(' ')
  tell({
    tone: behind.unheard.length === 0 ? 'good' : 'warn',
    title,
    ...(words === '' ? {} : { detail: words }),
  })
}
