/** The place of notices: the end of the first line, where they cover neither a chat's last words nor its input. */
export const noticesCss = `
:host { display: block; }
.notices {
  position: fixed;
  inset: auto;
  inset-block-start: var(--pointsman-notices-block-start, max(1rem, env(safe-area-inset-top)));
  inset-inline-end: var(--pointsman-notices-inline-end, max(1rem, env(safe-area-inset-right)));
  z-index: 2147483647;
  inline-size: min(25rem, 100vw - 2rem);
  max-block-size: calc(100dvb - 2rem);
  margin: 0;
  padding: 0;
  border: 0;
  overflow: visible;
  background: none;
  color: inherit;
}
.notices:not(:popover-open):not(.fixed) { display: none; }
.list { display: grid; gap: 0.625rem; }
.notice {
  --notice-surface: var(--pointsman-manual-surface, light-dark(#e6f0fb, #14304c));
  --notice-text: var(--pointsman-manual-text, light-dark(#0f2f4f, #dcebfa));
  --notice-edge: var(--pointsman-manual-edge, light-dark(#1f6fb8, #64aef2));
  display: grid;
  grid-template-columns: auto minmax(0, 1fr) auto;
  column-gap: 0.75rem;
  padding-block: 0.75rem;
  padding-inline: 0.875rem 0.5rem;
  border: 1px solid var(--notice-edge);
  border-inline-start-width: 5px;
  border-radius: var(--radius);
  background: var(--notice-surface);
  color: var(--notice-text);
  box-shadow: var(--shadow);
}
.notice.auto {
  --notice-surface: var(--pointsman-auto-surface, light-dark(#e4f4e9, #12351f));
  --notice-text: var(--pointsman-auto-text, light-dark(#0f3a20, #d7f2e0));
  --notice-edge: var(--pointsman-auto-edge, light-dark(#23803f, #59c07c));
}
.kind { inline-size: 1.375rem; block-size: 1.375rem; margin-block-start: 0.0625rem; color: var(--notice-edge); }
.said { display: grid; gap: 0.125rem; overflow-wrap: anywhere; }
.title { font-size: 0.8125em; font-weight: 600; letter-spacing: 0.01em; }
.model { display: flex; flex-wrap: wrap; align-items: baseline; column-gap: 0.5rem; line-height: 1.3; }
.name { font-weight: 650; font-size: 1.0625em; }
.provider { font-size: 0.9333em; }
.message { font-size: 0.9333em; margin-block-start: 0.125rem; }
.title, .name, .provider, .message { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; }
.message { -webkit-line-clamp: 5; }
.close {
  display: grid;
  place-items: center;
  inline-size: 2rem;
  block-size: 2rem;
  margin-block-start: -0.25rem;
  margin-inline-start: -0.375rem;
  padding: 0;
  border: 0;
  border-radius: 6px;
  background: none;
}
.close:hover { background: color-mix(in srgb, currentColor 12%, transparent); }
.close:focus-visible { outline-color: var(--notice-text); outline-offset: -2px; }
.close svg { inline-size: 1.125rem; block-size: 1.125rem; }
@media (pointer: coarse) { .close { inline-size: 2.75rem; block-size: 2.75rem; margin-block: -0.5rem; margin-inline-end: -0.25rem; } }
@media (prefers-reduced-motion: no-preference) {
  .notice { animation: enter 160ms ease-out; }
  @keyframes enter { from { opacity: 0; translate: 0 -0.5rem; } }
}
@media (forced-colors: active) { .notice { border-color: CanvasText; } }
`
