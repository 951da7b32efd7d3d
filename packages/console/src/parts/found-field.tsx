import { keepPreviousData, useQuery, type QueryKey } from '@tanstack/react-query'
import { useState } from 'react'
import {
  Button as AriaButton,
  ComboBox,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
} from 'react-aria-components'
import { shared } from '../text/shared.ts'
import type { Choice } from './field.tsx'
import { Icon } from './icon.tsx'
import './field.css'

/** More are found by typing on. */
export const foundAtOnce = 30

export interface FoundFieldProps {
  readonly label: string
  /** The label is told to screen readers only. */
  readonly isCompact?: boolean
  readonly value: string
  readonly autoFocus?: boolean
  readonly onChange: (id: string) => void
  /** What stands above all that is found: `Any model`. */
  readonly first?: Choice
  /** Begins with the resource; what was typed is added to it. */
  readonly queryKey: QueryKey
  /** Some that fit what was typed. */
  readonly find: (typed: string, signal: AbortSignal) => Promise<readonly Choice[]>
}

/** One of any number: the server is asked for those that fit what one types. */
export function FoundField(props: FoundFieldProps) {
  const { autoFocus = false, first, label, isCompact = false, onChange, value } = props
  const [taken, setTaken] = useState<Choice | null>(null)
  const chosen = [first, taken].find((choice) => choice?.id === value) ?? { id: value, label: value }
  const [input, setInput] = useState(chosen.label)
  const [shown, setShown] = useState(chosen.label)
  // Chosen elsewhere: by the address, by going back.
  if (shown !== chosen.label) {
    setShown(chosen.label)
    setInput(chosen.label)
  }
  // What was chosen is no search: opened anew, the list begins at its begin.
  const typed = input === chosen.label ? '' : input.trim()
  const found = useQuery({
    queryKey: [...props.queryKey, typed],
    queryFn: ({ signal }) => props.find(typed, signal),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  })
  const listed = [
    ...(first === undefined || typed !== '' ? [] : [first]),
    ...(found.data ?? []).filter(({ id }) => id !== first?.id),
  ]
  // A choice that is not in the list would be dropped by it.
  const isListed = chosen.id === '' || typed !== '' || listed.some(({ id }) => id === chosen.id)
  const items = isListed ? listed : [chosen, ...listed]
  return (
    <ComboBox
      className={`field found${isCompact ? ' compact' : ''}`}
      items={items}
      inputValue={input}
      onInputChange={setInput}
      value={first === undefined && chosen.id === '' ? null : chosen.id}
      onChange={(key) => {
        if (key === null) return
        setTaken(items.find(({ id }) => id === key) ?? null)
        onChange(String(key))
      }}
      onBlur={() => setInput(chosen.label)}
      // Given the focus it stays closed: an open list hides the rest of the page from screen readers.
      menuTrigger={autoFocus ? 'input' : 'focus'}
      autoFocus={autoFocus}
      allowsEmptyCollection
      {...(isCompact ? { 'aria-label': label } : {})}
    >
      {isCompact ? null : <Label>{label}</Label>}
      <span className="found-place">
        <Input className="input" placeholder={label} onFocus={(event) => event.currentTarget.select()} />
        <AriaButton className="found-open">
          <Icon name="down" size={14} />
        </AriaButton>
      </span>
      <Choices isLooking={found.isFetching} />
    </ComboBox>
  )
}

const Choices = ({ isLooking }: { readonly isLooking: boolean }) => (
  <Popover className="popover">
    <ListBox
      className="options"
      renderEmptyState={() => (
        <p className="soft found-none">{isLooking ? shared.loading : shared.nothingFound}</p>
      )}
    >
      {(choice: Choice) => (
        <ListBoxItem className="option" id={choice.id} textValue={choice.label}>
          {choice.label}
        </ListBoxItem>
      )}
    </ListBox>
  </Popover>
)
