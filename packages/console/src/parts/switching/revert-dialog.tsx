import { useMutation, useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query'
import type { SwitchOutcome, SwitchRow } from '@pointsman/sdk'
import { useState } from 'react'
import { useClient, useRefusal } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { shared } from '../../text/shared.ts'
import { Button } from '../button.tsx'
import { Dialog } from '../dialog.tsx'
import { useDropQuestion } from '../drop-question.tsx'
import { TextField } from '../field.tsx'
import { Loading, Problem } from '../states.tsx'
import { OutcomePreview } from './outcome-preview.tsx'
import { SwitchProgress } from './switch-progress.tsx'
import { text } from './text.ts'
import { isStale } from './use-switch-order.ts'
import './switching.css'

/** A new switch that restores what an earlier one found: tried first, then made. */
export function RevertDialog({
  onClose,
  row,
}: {
  readonly row: Pick<SwitchRow, 'id' | 'scopeText'>
  readonly onClose: () => void
}) {
  const [reason, setReason] = useState('')
  const { dryRun, make, refusal } = useRevert(row.id, reason)
  const { close, question } = useDropQuestion(reason.trim() !== '', onClose)
  if (make.data !== undefined)
    return <SwitchProgress outcome={make.data} label={row.scopeText} onClose={onClose} />
  return (
    <Dialog
      title={fill(text.revertTitle, { what: row.scopeText })}
      isOpen
      isBusy={make.isPending}
      onClose={close}
      actions={
        <>
          <Button onPress={onClose}>{shared.cancel}</Button>
          <Button
            kind="primary"
            isPending={make.isPending}
            refusedBecause={refusal ?? (dryRun.data === undefined ? text.dryRun : null)}
            onPress={() => make.mutate()}
          >
            {text.doRevert}
          </Button>
        </>
      }
    >
      <Preview dryRun={dryRun} />
      <TextField
        label={text.reason}
        hint={text.reasonHint}
        value={reason}
        onChange={setReason}
        isMultiline
        maxLength={2_000}
      />
      {make.error === null ? null : (
        <Problem error={isStale(make.error) ? new Error(text.revertStale) : make.error} />
      )}
      {question}
    </Dialog>
  )
}

function useRevert(id: string, reason: string) {
  const client = useClient()
  const queries = useQueryClient()
  const refusal = useRefusal('switch')
  const dryRun = useQuery({
    queryKey: ['switches', 'dry-revert', id],
    queryFn: ({ signal }) => client.switches.revert(id, { dryRun: true, signal }),
    enabled: refusal === null,
    staleTime: 0,
    gcTime: 0,
  })
  const make = useMutation({
    mutationFn: () =>
      client.switches.revert(id, {
        ...(reason.trim() === '' ? {} : { reason: reason.trim() }),
        ifMatch: dryRun.data?.etag ?? null,
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['switches'] }),
    onError: (error) => (isStale(error) ? dryRun.refetch() : undefined),
  })
  return { dryRun, make, refusal }
}

const Preview = ({ dryRun }: { readonly dryRun: UseQueryResult<SwitchOutcome> }) =>
  dryRun.error !== null ? (
    <Problem error={dryRun.error} />
  ) : dryRun.data === undefined ? (
    <Loading lines={3} />
  ) : (
    <OutcomePreview outcome={dryRun.data} showNotification />
  )
