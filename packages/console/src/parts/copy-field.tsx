import { shared } from '../text/shared.ts'
import { Button } from './button.tsx'
import { tell, tellFailure } from './toast.tsx'
import './copy-field.css'

/** A text to be taken away whole: a key, an id. */
export const CopyField = ({ label, value }: { readonly label: string; readonly value: string }) => (
  <div className="copy-field">
    <strong>{label}</strong>
    <div className="copy-row">
      <code>{value}</code>
      <Button icon="copy" label={shared.copy} onPress={() => void copy(value)} />
    </div>
  </div>
)

/** A browser gives the clipboard to pages of https and of this machine only; the text can be selected in any case. */
async function copy(value: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(value)
    tell({ tone: 'good', title: shared.copied })
  } catch (thrown) {
    tellFailure(thrown)
  }
}
