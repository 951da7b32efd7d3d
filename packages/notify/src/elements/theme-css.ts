/**
 * What both kinds of element share: the custom properties that an app may set, their values for light and dark pages (the
 * page's own `color-scheme` decides), buttons, and what only a screen reader meets.
 */
export const themeCss = `
:host {
  all: initial;
  color-scheme: inherit;
  --surface: var(--pointsman-surface, light-dark(#ffffff, #1c2229));
  --text: var(--pointsman-text, light-dark(#17212b, #e8edf2));
  --muted: var(--pointsman-muted, light-dark(#52606d, #a9b4bf));
  --border: var(--pointsman-border, light-dark(#8593a1, #6c7986));
  --hairline: light-dark(#dbe1e7, #333c46);
  --hover: light-dark(#f2f5f8, #262e37);
  --accent: var(--pointsman-accent, light-dark(#1b5a96, #8dbdf0));
  --on-accent: var(--pointsman-on-accent, light-dark(#ffffff, #0c1a28));
  --focus: var(--pointsman-focus, light-dark(#1b5a96, #a8cef7));
  --radius: var(--pointsman-radius, 10px);
  --shadow: var(--pointsman-shadow, 0 1px 2px #0000001f, 0 8px 24px #0000002e);
  font-family: var(--pointsman-font, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif);
  font-size: var(--pointsman-font-size, 0.9375rem);
  line-height: 1.45;
  color: var(--text);
  -webkit-text-size-adjust: 100%;
}
*, *::before, *::after { box-sizing: border-box; }
h2, p, ul, dl, dd, dt, fieldset, legend { margin: 0; padding: 0; border: 0; min-inline-size: 0; }
ul { list-style: none; }
svg { fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
button, input { font: inherit; color: inherit; }
button { cursor: pointer; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
.heard { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`
