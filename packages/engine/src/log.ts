/** Where an operator reads what happened. Facts hold no prompt, no answer and no secret. */
export type Log = (
  level: 'info' | 'warn' | 'error',
  message: string,
  facts: { readonly [name: string]: unknown },
) => void
