import type { NewKey } from '@pointsman/sdk'
import { BehindTold } from '../../parts/behind.tsx'
import { Button } from '../../parts/button.tsx'
import { CopyField } from '../../parts/copy-field.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { fill } from '../../text/fill.ts'
import { text } from './text.ts'

/** A new key, the only time that it is seen: it closes by its button alone, so that a slip does not lose the key. */
export const ShownOnce = ({ made, onClose }: { readonly made: NewKey; readonly onClose: () => void }) => (
  <Dialog
    title={fill(text.shownTitle, { name: made.name })}
    isOpen
    isBusy
    onClose={onClose}
    actions={
      <Button kind="primary" onPress={onClose}>
        {text.kept}
      </Button>
    }
  >
    <p>{text.shownOnce}</p>
    <BehindTold behind={made} />
    <CopyField label={text.shownKey} value={made.key} />
    {made.aws === undefined ? null : (
      <>
        <CopyField label={text.accessKeyId} value={made.aws.accessKeyId} />
        <CopyField label={text.secretAccessKey} value={made.aws.secretAccessKey} />
      </>
    )}
  </Dialog>
)
