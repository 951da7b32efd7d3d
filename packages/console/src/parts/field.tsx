import type { ReactNode } from 'react'
import {
  Button as AriaButton,
  CheckboxButton,
  CheckboxField,
  FieldError,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  SearchField,
  Select,
  SelectValue,
  SwitchButton,
  SwitchField,
  Text,
  TextArea,
  TextField as AriaTextField,
} from 'react-aria-components'
import { Icon } from './icon.tsx'
import './field.css'

interface FieldProps {
  readonly label: string
  readonly hint?: ReactNode
  readonly error?: string | null
}

export function TextField({
  error = null,
  hint,
  isCompact = false,
  isMultiline = false,
  label,
  ...props
}: FieldProps & {
  readonly value: string
  readonly onChange: (value: string) => void
  readonly type?: 'text' | 'password' | 'number' | 'url'
  readonly placeholder?: string
  readonly isMultiline?: boolean
  readonly isReadOnly?: boolean
  /** The label is told to screen readers only. */
  readonly isCompact?: boolean
  readonly isRequired?: boolean
  readonly autoFocus?: boolean
  readonly autoComplete?: string
  readonly name?: string
  readonly onBlur?: () => void
  readonly maxLength?: number
}) {
  const { placeholder = '', ...given } = props
  return (
    <AriaTextField
      className="field"
      {...given}
      isInvalid={error !== null}
      validationBehavior="aria"
      {...(isCompact ? { 'aria-label': label } : {})}
    >
      {isCompact ? null : <Label>{label}</Label>}
      {isMultiline ? (
        <TextArea className="input" rows={3} placeholder={placeholder} />
      ) : (
        <Input className="input" placeholder={placeholder} />
      )}
      {hint === undefined ? null : (
        <Text slot="description" className="field-hint">
          {hint}
        </Text>
      )}
      <FieldError className="field-error">{error}</FieldError>
    </AriaTextField>
  )
}

export interface Choice {
  readonly id: string
  readonly label: string
}

/** One of a few. For many, a list with a search of its own. */
export function SelectField({
  choices,
  hint,
  isCompact = false,
  isReadOnly = false,
  label,
  onChange,
  value,
}: FieldProps & {
  readonly choices: readonly Choice[]
  readonly value: string
  readonly onChange: (id: string) => void
  readonly isReadOnly?: boolean
  /** The label is told to screen readers only. */
  readonly isCompact?: boolean
}) {
  return (
    <Select
      className={`field${isCompact ? ' compact' : ''}`}
      value={value}
      isDisabled={isReadOnly}
      onChange={(key) => onChange(String(key))}
      {...(isCompact ? { 'aria-label': label } : {})}
    >
      {isCompact ? null : <Label>{label}</Label>}
      <AriaButton className="input select">
        <SelectValue />
        <Icon name="down" size={14} />
      </AriaButton>
      {hint === undefined ? null : (
        <Text slot="description" className="field-hint">
          {hint}
        </Text>
      )}
      <Popover className="popover">
        <ListBox className="options" items={choices}>
          {(choice) => (
            <ListBoxItem className="option" id={choice.id} textValue={choice.label}>
              {choice.label}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  )
}

export const Search = ({
  label,
  onChange,
  value,
}: {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
}) => (
  <SearchField className="field compact search" aria-label={label} value={value} onChange={onChange}>
    <Icon name="search" size={15} />
    <Input className="input" placeholder={label} />
  </SearchField>
)

export const Tick = ({
  children,
  isReadOnly = false,
  isSelected,
  onChange,
}: {
  readonly children: ReactNode
  readonly isSelected: boolean
  readonly onChange: (selected: boolean) => void
  readonly isReadOnly?: boolean
}) => (
  <CheckboxField isReadOnly={isReadOnly} isSelected={isSelected} onChange={onChange}>
    <CheckboxButton className="tick">
      <span className="tick-box">
        <Icon name="check" size={14} />
      </span>
      {children}
    </CheckboxButton>
  </CheckboxField>
)

export const Toggle = ({
  children,
  isSelected,
  onChange,
  refusedBecause = null,
}: {
  readonly children: ReactNode
  readonly isSelected: boolean
  readonly onChange: (selected: boolean) => void
  readonly refusedBecause?: string | null
}) => (
  <SwitchField isSelected={isSelected} isReadOnly={refusedBecause !== null} onChange={onChange}>
    <SwitchButton className="toggle">
      <span className="toggle-track" />
      {children}
      {refusedBecause === null ? null : <span className="hidden-text">{refusedBecause}</span>}
    </SwitchButton>
  </SwitchField>
)
