import type { ScopeNames } from '@pointsman/sdk'
import { isAway } from '../../live/server-state.ts'
import { fill } from '../../text/fill.ts'
import { shared } from '../../text/shared.ts'
import { Button } from '../button.tsx'
import { Dialog } from '../dialog.tsx'
import { useDropQuestion } from '../drop-question.tsx'
import { TextField, Tick } from '../field.tsx'
import { Loading, Problem } from '../states.tsx'
import { ModelChoice } from './model-choice.tsx'
import { OutcomePreview } from './outcome-preview.tsx'
import { SwitchProgress } from './switch-progress.tsx'
import { text } from './text.ts'
import { useSwitchOrder, type SwitchOrdering } from './use-switch-order.ts'
import './switching.css'

export interface SwitchDialogProps {
  readonly isOpen: boolean
  readonly onClose: () => void
  /** What is switched: `{ useCase: 'clinical' }`, `{}` for the default. */
  readonly scope: ScopeNames
  /** What people call it: `use-case/clinical`. */
  readonly label: string
  /** What is chosen when it opens: a replacement, a candidate that was pressed. */
  readonly suggested?: string
}

/** From the choice of a model over its dry run and its reason to the last replica's acknowledgement, and back by one press. */
export const SwitchDialog = (props: SwitchDialogProps) =>
  // Each opening begins anew.
  props.isOpen ? <OpenSwitchDialog {...props} /> : null

function OpenSwitchDialog({ label, onClose, scope, suggested }: SwitchDialogProps) {
  const ordering = useSwitchOrder(scope, suggested ?? null)
  const { fields, make, setFields } = ordering
  const isTyped = fields.reason.trim() !== '' || fields.approvedBy.trim() !== ''
  const { close, question } = useDropQuestion(isTyped, onClose)
  if (make.data !== undefined) return <SwitchProgress outcome={make.data} label={label} onClose={onClose} />
  return (
    <Dialog
      title={fill(text.title, { what: label })}
      size="wide"
      isOpen
      isBusy={make.isPending}
      onClose={close}
      actions={
        <>
          <Button onPress={onClose}>{shared.cancel}</Button>
          <Button
            kind="primary"
            isPending={make.isPending}
            refusedBecause={ordering.refusedBecause}
            onPress={() => make.mutate()}
          >
            {text.doSwitch}
          </Button>
        </>
      }
    >
      <div className="switch-columns">
        <ModelChoice scope={scope} chosen={fields.modelId} onChoose={(modelId) => setFields({ modelId })} />
        <div className="switch-preview">
          <h3>{text.preview}</h3>
          <Preview ordering={ordering} />
          <Reasons ordering={ordering} />
          {ordering.failure === null ? null : <Problem error={ordering.failure} />}
        </div>
      </div>
      {question}
    </Dialog>
  )
}

function Preview({ ordering: { dryRun, fields } }: { readonly ordering: SwitchOrdering }) {
  if (fields.modelId === null) return <p className="soft">{text.choose}</p>
  if (dryRun.error !== null)
    return (
      <>
        {isAway(dryRun.error) ? null : <p className="bad-text">{text.refused}</p>}
        <Problem error={dryRun.error} />
      </>
    )
  if (dryRun.data === undefined) return <Loading lines={3} />
  return <OutcomePreview outcome={dryRun.data} showNotification={fields.showNotification} />
}

const Reasons = ({ ordering: { fields, setFields, tryReason } }: { readonly ordering: SwitchOrdering }) => (
  <>
    <TextField
      label={text.reason}
      hint={text.reasonHint}
      value={fields.reason}
      onChange={(reason) => setFields({ reason })}
      onBlur={tryReason}
      isMultiline
      maxLength={2_000}
    />
    <TextField
      label={`${text.approvedBy} (${shared.optional})`}
      hint={text.approvedHint}
      value={fields.approvedBy}
      onChange={(approvedBy) => setFields({ approvedBy })}
      maxLength={200}
    />
    <Tick
      isSelected={fields.showNotification}
      onChange={(showNotification) => setFields({ showNotification })}
    >
      {text.showNotice}
    </Tick>
    <Tick isSelected={fields.applyToAll} onChange={(applyToAll) => setFields({ applyToAll })}>
      {text.applyAll}
    </Tick>
    <p className="soft small">{text.applyHint}</p>
  </>
)
