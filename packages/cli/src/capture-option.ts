import { oneOf, type Asked } from './command.ts'

export const captureOption = {
  capture: {
    type: 'string',
    value: 'WORD',
    summary: 'on: prompts and answers are kept as text; off',
  },
} as const

/** What the API takes; nothing where the option was not given. */
export function captureOf({ text }: Asked): { readonly capture?: boolean } {
  const asked = oneOf('capture', text('capture'), ['on', 'off'])
  return asked === undefined ? {} : { capture: asked === 'on' }
}
