const sheets = new Map<string, CSSStyleSheet>()

/** One sheet for all elements that use a text; a constructed sheet needs no `unsafe-inline`. */
function sheetOf(css: string): CSSStyleSheet {
  const known = sheets.get(css)
  if (known !== undefined) return known
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(css)
  sheets.set(css, sheet)
  return sheet
}

/** A shadow root with its style: nothing of the page's gets in, nothing of it gets out. */
export function shadowOf(host: HTMLElement, ...css: readonly string[]): ShadowRoot {
  const root = host.attachShadow({ mode: 'open' })
  root.adoptedStyleSheets = css.map(sheetOf)
  return root
}
