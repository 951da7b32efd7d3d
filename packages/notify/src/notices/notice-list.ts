import { build } from '../elements/build.ts'
import { whenUncovered } from '../elements/uncovered.ts'
import { english } from '../messages/english.ts'
import { RecentIds } from '../text/recent-ids.ts'
import { Countdown } from './countdown.ts'
import { buildNoticeCard, type NoticeCard } from './notice-card.ts'
import type { CloseReason, ModelSwitchNotification, ShownNotification } from './notification.ts'

const defaultDurationMs = 5_000
/** More would cover the page; the newest say what holds. */
const mostAtOnce = 3
/** Screen readers take a live region for known a moment after it was made, and read only what comes later. */
const knownAfterMs = 100

interface Shown extends NoticeCard {
  readonly countdown: Countdown
  readonly words: HTMLElement
  readonly close: (reason: CloseReason) => void
}

/**
 * The notices of a page, in the shadow of their element. A holder of mutable state: what is shown, bounded, and ids that
 * were shown, bounded.
 */
export class NoticeList {
  /** Read aloud. Apart from what is seen, and never hidden: what appears together with its region is not read. */
  readonly #heard = build('div', 'heard', { attributes: { role: 'status', 'aria-live': 'polite' } })
  readonly #list = build('ul', 'list')
  readonly #place = build('section', 'notices', { children: [this.#list] })
  readonly #shown: Shown[] = []
  readonly #ids = new RecentIds()
  #isUp = false
  /** Where the reader was before it came into the notices. */
  #cameFrom: Element | null = null

  constructor(root: ShadowRoot) {
    // Above everything else of the page, dialogs that are open included.
    if (canRise()) this.#place.setAttribute('popover', 'manual')
    else this.#place.classList.add('fixed')
    root.append(this.#heard, this.#place)
    this.#place.addEventListener('focusin', ({ relatedTarget }) => {
      if (relatedTarget instanceof Element && !this.#place.contains(relatedTarget))
        this.#cameFrom = relatedTarget
    })
    document.addEventListener('visibilitychange', () => {
      for (const { countdown } of this.#shown)
        if (document.hidden) countdown.hold('hidden')
        else countdown.release('hidden')
    })
  }

  show(notice: ModelSwitchNotification): ShownNotification {
    const card = buildNoticeCard(notice)
    const durationMs = durationOf(notice)
    // After what may throw: a notice that was not shown may be shown again.
    if (notice.id !== undefined && !this.#ids.isNew(notice.id)) return repeated
    let isReplaced = false
    const closed = Promise.withResolvers<CloseReason>()
    const seen = Promise.withResolvers<undefined>()
    const shown: Shown = {
      ...card,
      words: build('p', '', { attributes: { lang: (notice.messages ?? english).language } }),
      countdown: new Countdown(durationMs, () => shown.close('expired')),
      close: (reason) => {
        if (!this.#remove(shown)) return
        isReplaced = reason === 'replaced'
        closed.resolve(reason)
      },
    }
    this.#add(shown, notice)
    whenUncovered(() => {
      if (isReplaced) return
      seen.resolve(undefined)
      shown.countdown.release('start')
      setTimeout(() => (shown.words.textContent = card.heard), knownAfterMs)
    })
    return { seen: seen.promise, closed: closed.promise, close: () => shown.close('closed') }
  }

  #add(shown: Shown, notice: ModelSwitchNotification): void {
    const { countdown, element, closeButton, words } = shown
    if (document.hidden) countdown.hold('hidden')
    element.addEventListener('pointerenter', () => countdown.hold('pointer'))
    element.addEventListener('pointerleave', () => countdown.release('pointer'))
    element.addEventListener('focusin', () => countdown.hold('focus'))
    element.addEventListener('focusout', () => countdown.release('focus'))
    element.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return
      event.stopPropagation()
      shown.close('closed')
    })
    closeButton.addEventListener('click', () => shown.close('closed'))
    this.#shown.push(shown)
    while (this.#shown.length > mostAtOnce) this.#shown[0]?.close('replaced')
    this.#place.setAttribute('aria-label', (notice.messages ?? english).notification.region)
    this.#heard.append(words)
    this.#list.prepend(element)
    this.#lift()
  }

  #remove(shown: Shown): boolean {
    const at = this.#shown.indexOf(shown)
    if (at < 0) return false
    this.#shown.splice(at, 1)
    const hadFocus = shown.element.contains(this.#focused())
    shown.countdown.stop()
    shown.element.remove()
    shown.words.remove()
    const next = this.#shown.at(-1)
    if (hadFocus) {
      if (next !== undefined) next.closeButton.focus()
      else if (this.#cameFrom instanceof HTMLElement) this.#cameFrom.focus()
    }
    if (next === undefined) this.#lower()
    return true
  }

  #focused(): Element | null {
    const root = this.#place.getRootNode()
    return root instanceof ShadowRoot ? root.activeElement : null
  }

  /** To the top, again where a dialog has opened meanwhile. Where somebody is in the notices they are up already. */
  #lift(): void {
    if (this.#focused() !== null || !canRise()) return
    if (this.#isUp) this.#place.hidePopover()
    this.#place.showPopover()
    this.#isUp = true
  }

  #lower(): void {
    if (this.#isUp) this.#place.hidePopover()
    this.#isUp = false
  }
}

/** Not in browsers before 2024: there notices stand above the page, and below its dialogs. */
const canRise = (): boolean => 'showPopover' in HTMLElement.prototype

const repeated: ShownNotification = {
  seen: new Promise(() => undefined),
  closed: Promise.resolve('repeated'),
  close: () => undefined,
}

function durationOf({ displayDuration = defaultDurationMs }: ModelSwitchNotification): number {
  if (typeof displayDuration === 'number' && displayDuration > 0) return displayDuration
  throw new RangeError(
    '"displayDuration" is a number of milliseconds above 0, or Infinity for a notice that stays until it is closed.',
  )
}
