import { UsageError, type Asked, type OptionShape } from './command.ts'

/** Who approved a switch outside of this program. */
export const approvalOptions = {
  'approved-by': { type: 'string', value: 'NAME', summary: 'who approved it; recorded, not checked' },
  'approval-reference': { type: 'string', value: 'TEXT', summary: 'where the approval is written down' },
} as const satisfies { readonly [name: string]: OptionShape }

export function readApproval({
  text,
}: Asked): { readonly by: string; readonly reference: string | null } | undefined {
  const by = text('approved-by')
  const reference = text('approval-reference')
  if (by !== undefined) return { by, reference: reference ?? null }
  if (reference === undefined) return undefined
  throw new UsageError('--approval-reference goes together with --approved-by NAME.')
}
