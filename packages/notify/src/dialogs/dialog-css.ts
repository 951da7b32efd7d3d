export const dialogCss = `
:host { display: contents; }
.dialog {
  inline-size: min(30rem, 100vw - 2rem);
  max-inline-size: none;
  max-block-size: min(40rem, 100dvb - 2rem);
  padding: 0;
  border: 1px solid var(--hairline);
  border-radius: calc(var(--radius) + 4px);
  background: var(--surface);
  color: var(--text);
  box-shadow: var(--shadow);
  overflow: hidden;
}
.dialog[open] { display: flex; }
.dialog::backdrop { background: light-dark(#0f1b2766, #00000099); }
.form { display: flex; flex-direction: column; gap: 0.75rem; flex: 1; min-block-size: 0; min-inline-size: 0; padding: 1.25rem; }
.title { font-size: 1.1875em; font-weight: 650; line-height: 1.3; }
.current { color: var(--muted); overflow-wrap: anywhere; }
.current .label { font-size: 1em; margin-inline-end: 0.4em; }
.current .name { color: var(--text); font-weight: 600; }
.none { color: var(--muted); padding-block: 1rem; }
.searchbox { position: relative; }
.glass { position: absolute; inset-block-start: 50%; inset-inline-start: 0.75rem; inline-size: 1.125rem; block-size: 1.125rem; translate: 0 -50%; color: var(--muted); pointer-events: none; }
.search { inline-size: 100%; min-block-size: 2.75rem; padding-block: 0.375rem; padding-inline: 2.5rem 0.75rem; border: 1px solid var(--border); border-radius: 8px; background: transparent; }
.search::placeholder { color: var(--muted); opacity: 1; }
.found { color: var(--muted); font-size: 0.8667em; }
.models { display: flex; flex-direction: column; gap: 1px; flex: 1 1 auto; min-block-size: 0; overflow-y: auto; overscroll-behavior: contain; margin-inline: -0.5rem; padding: 0.25rem 0.5rem; }
.option { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; align-items: center; column-gap: 0.75rem; min-block-size: 2.75rem; flex: none; padding: 0.5rem 0.625rem; border-radius: 8px; cursor: pointer; }
.option[hidden] { display: none; }
.option:hover { background: var(--hover); }
.option:has(:checked) { background: color-mix(in srgb, var(--accent) 12%, transparent); }
.option:has(:focus-visible) { outline: 2px solid var(--focus); outline-offset: -2px; }
.option:has(:disabled) { cursor: default; background: none; }
.option:has(:disabled) .name { color: var(--muted); }
.radio { inline-size: 1.125rem; block-size: 1.125rem; margin: 0; accent-color: var(--accent); }
.radio:focus-visible { outline: none; }
.said { display: grid; justify-items: start; overflow-wrap: anywhere; }
.said .name { font-weight: 550; }
.facts { color: var(--muted); font-size: 0.8667em; }
.said .name, .facts, .value { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; }
.badge { font-size: 0.8em; color: var(--muted); border: 1px solid var(--border); border-radius: 99px; padding: 0.0625rem 0.5rem; white-space: nowrap; }
.change { display: grid; }
.fact.model { border: 1px solid var(--hairline); border-radius: 8px; padding: 0.5rem 0.75rem; }
.fact.reason { margin-block-start: 0.625rem; }
.label { color: var(--muted); font-size: 0.8667em; }
.value { overflow-wrap: anywhere; }
.model .value { font-weight: 600; }
.reason .value { -webkit-line-clamp: 6; }
.fact.to { position: relative; margin-block-start: 1.5rem; }
.fact.to::before { content: "\\2193" / ""; position: absolute; inset-inline: 0; inset-block-end: 100%; line-height: 1.5rem; text-align: center; color: var(--muted); }
.buttons { display: flex; justify-content: flex-end; flex-wrap: wrap; gap: 0.625rem; padding-block-start: 0.25rem; }
.button { min-block-size: 2.5rem; padding: 0.375rem 1.125rem; border: 1px solid var(--border); border-radius: 8px; background: transparent; font-weight: 550; }
.button:hover { background: var(--hover); }
.primary { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
.primary:hover { background: color-mix(in srgb, var(--accent) 88%, var(--text)); }
.primary:disabled { background: transparent; border-color: var(--hairline); color: var(--muted); cursor: not-allowed; }
@media (pointer: coarse) { .button { min-block-size: 2.75rem; } }
@media (max-width: 30rem) { .buttons { flex-direction: row; } .button { flex: 1; } .form { padding: 1rem; } }
@media (prefers-reduced-motion: no-preference) {
  .dialog[open] { animation: open 140ms ease-out; }
  @keyframes open { from { opacity: 0; translate: 0 0.5rem; } }
}
@media (forced-colors: active) { .option:has(:checked) { outline: 1px solid Highlight; } }
`
