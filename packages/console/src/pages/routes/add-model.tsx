import {
  ComboBox,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  ListLayout,
  Popover,
  Virtualizer,
} from 'react-aria-components'
import { useState } from 'react'
import type { KnownModels } from '../../parts/use-models.ts'
import { text } from './text.ts'

/** A model of the catalogue by its name or id; chosen, it stands at the list's end. */
export function AddModel({
  models,
  onAdd,
  refusal,
  without,
}: {
  readonly models: KnownModels
  readonly without: readonly string[]
  readonly refusal: string | null
  readonly onAdd: (modelId: string) => void
}) {
  const [input, setInput] = useState('')
  if (refusal !== null) return <p className="soft small">{refusal}</p>
  const items = models.all.filter(({ id }) => !without.includes(id))
  return (
    <ComboBox
      className="field"
      defaultItems={items}
      inputValue={input}
      onInputChange={setInput}
      value={null}
      onChange={(key) => {
        if (key === null) return
        onAdd(String(key))
        setInput('')
      }}
    >
      <Label>{text.add}</Label>
      <Input className="input" placeholder={text.addPlaceholder} />
      <Popover className="popover">
        <Virtualizer layout={ListLayout} layoutOptions={{ rowSize: 34 }}>
          <ListBox className="options" renderEmptyState={() => <p className="soft">{text.noCandidates}</p>}>
            {({ id, name }: { readonly id: string; readonly name: string }) => (
              <ListBoxItem id={id} className="option" textValue={`${name} ${id}`}>
                {name} <span className="mono soft small">{id}</span>
              </ListBoxItem>
            )}
          </ListBox>
        </Virtualizer>
      </Popover>
    </ComboBox>
  )
}
