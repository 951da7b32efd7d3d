const lookAgainAfterMs = 500

/** While a modal dialog is open, all else is out of reach: not read aloud, not to be pointed at. */
const isCovered = (): boolean =>
  document.hidden || document.querySelector('dialog:modal, [data-modal]') !== null

/** At once, or when no other tab and no modal dialog covers the page any more. */
export function whenUncovered(callback: () => void): void {
  if (isCovered()) setTimeout(() => whenUncovered(callback), lookAgainAfterMs)
  else callback()
}
