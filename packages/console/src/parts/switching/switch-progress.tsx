import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Behind, RevisionDetail, SwitchOutcome } from '@pointsman/sdk'
import { instant } from '../../format/instants.ts'
import { span } from '../../format/numbers.ts'
import { useClient } from '../../session/session-context.tsx'
import { fill } from '../../text/fill.ts'
import { tellChanged } from '../behind.tsx'
import { Button } from '../button.tsx'
import { Dialog } from '../dialog.tsx'
import { Icon } from '../icon.tsx'
import { Loading, Problem } from '../states.tsx'
import { Change } from './outcome-preview.tsx'
import { text } from './text.ts'

/** Until every replica serves the switch; then it can be taken back by one press. */
export function SwitchProgress({
  label,
  onClose,
  outcome,
}: {
  readonly outcome: SwitchOutcome
  readonly label: string
  readonly onClose: () => void
}) {
  const client = useClient()
  const queries = useQueryClient()
  const { revision, switchId } = outcome
  const detail = useQuery({
    queryKey: ['revisions', revision],
    queryFn: ({ signal }) => client.revisions.show(revision, { signal }),
    // Acknowledgements come as events; this is for a stream that is lost just now.
    refetchInterval: ({ state }) => (state.data?.pending.length === 0 ? false : 1_000),
  })
  const undo = useMutation({
    mutationFn: () => client.switches.revert(switchId ?? '', { reason: `${text.undo}: ${label}` }),
    onSuccess: (reverted) => {
      void queries.invalidateQueries({ queryKey: ['switches'] })
      tellChanged(fill(text.undone, { model: reverted.to }), reverted)
      onClose()
    },
  })
  return (
    <Dialog
      title={fill(text.title, { what: label })}
      isOpen
      isBusy={undo.isPending}
      onClose={onClose}
      actions={
        <>
          {switchId === null ? null : (
            <Button icon="undo" isPending={undo.isPending} onPress={() => undo.mutate()}>
              {text.undo}
            </Button>
          )}
          <Button kind="primary" autoFocus onPress={onClose}>
            {text.done}
          </Button>
        </>
      }
    >
      <p>
        <Change from={outcome.from} to={outcome.to} />
      </p>
      <State behind={detail.data} revision={revision} />
      {detail.data === undefined ? <Loading lines={2} /> : <Replicas detail={detail.data} />}
      {undo.error === null ? null : <Problem error={undo.error} />}
    </Dialog>
  )
}

const State = ({ behind, revision }: { readonly behind: Behind | undefined; readonly revision: number }) =>
  behind === undefined || behind.pending.length > 0 ? (
    <p className="progress-state" role="status">
      {fill(text.progress, { revision })}
    </p>
  ) : behind.unheard.length > 0 ? (
    <p className="progress-state warn-text" role="status">
      <Icon name="warning" />
      {fill(text.activeHeardOf, { revision })}
    </p>
  ) : (
    <p className="progress-state good-text" role="status">
      <Icon name="check" />
      {fill(text.active, { revision })}
    </p>
  )

const Replicas = ({ detail }: { readonly detail: RevisionDetail }) => (
  <ul role="list" className="replica-states">
    {detail.replicas.map((replica) => (
      <li key={replica.id}>
        <span className="mono">{replica.id}</span>
        <span className={replica.problem === null ? 'good-text' : 'bad-text'}>
          {replica.problem ?? fill(text.after, { span: span(replica.lagMs) })}
        </span>
      </li>
    ))}
    {detail.pending.map((id) => (
      <li key={id}>
        <span className="mono">{id}</span>
        <span className="soft">{text.waiting}</span>
      </li>
    ))}
    {detail.unheard.map(({ id, since }) => (
      <li key={id}>
        <span className="mono">{id}</span>
        <span className="warn-text">{fill(text.notHeardOf, { since: instant(since) })}</span>
      </li>
    ))}
  </ul>
)
