import { useId, useState, type ReactNode } from 'react'
import { Button as AriaButton, Tooltip, TooltipTrigger } from 'react-aria-components'
import { shared } from '../text/shared.ts'
import { Icon, type IconName } from './icon.tsx'
import './button.css'

export interface ButtonProps {
  readonly children?: ReactNode
  readonly onPress?: () => void
  readonly kind?: 'plain' | 'primary' | 'danger' | 'quiet'
  readonly size?: 'normal' | 'small'
  readonly icon?: IconName
  /** For a button that is a picture alone; shown as its tooltip, too. */
  readonly label?: string
  /**
   * Why it cannot be pressed now; null = it can. It stays focusable and tells the reason: a button that is only grey leaves people
   * to guess.
   */
  readonly refusedBecause?: string | null
  readonly isPending?: boolean
  readonly type?: 'button' | 'submit'
  readonly autoFocus?: boolean
  /** Of React Aria's slots: `close` in a dialog, `drag` in a list. */
  readonly slot?: string
}

export function Button(props: ButtonProps) {
  const { icon, isPending = false, kind = 'plain', label, refusedBecause = null, size = 'normal' } = props
  const reasonId = useId()
  const [isHinted, setHinted] = useState(false)
  // Not React Aria's own pending state: it announces by the button's id, which is gone once the button is.
  const told = refusedBecause ?? (isPending ? shared.working : null)
  const button = (
    <AriaButton
      className={`button ${kind} ${size}${told === null ? '' : ' refused'}${props.children === undefined ? ' picture' : ''}`}
      type={told === null ? (props.type ?? 'button') : 'button'}
      // Where there is neither a pointer over it nor a focus that shows, a press is how one asks for the reason.
      {...(told !== null
        ? { onPress: () => setHinted(true) }
        : props.onPress === undefined
          ? {}
          : { onPress: props.onPress })}
      {...(label === undefined ? {} : { 'aria-label': label })}
      {...(told === null ? {} : { 'aria-describedby': reasonId, 'aria-disabled': true })}
      {...(props.slot === undefined ? {} : { slot: props.slot })}
      autoFocus={props.autoFocus ?? false}
    >
      {icon === undefined ? null : <Icon name={icon} size={size === 'small' ? 16 : 18} />}
      {props.children}
    </AriaButton>
  )
  const hint = refusedBecause ?? (props.children === undefined ? label : undefined)
  return (
    <>
      {hint === undefined ? (
        button
      ) : (
        <WithHint hint={hint} isOpen={isHinted} onOpenChange={setHinted}>
          {button}
        </WithHint>
      )}
      {/* Beside it: within it would be part of its name. */}
      {told === null ? null : (
        <span id={reasonId} className="hidden-text" role={isPending ? 'status' : undefined}>
          {told}
        </span>
      )}
    </>
  )
}

/** A short text that shows beside a control while it is hovered or focused. */
export const WithHint = ({
  children,
  hint,
  ...opened
}: {
  readonly children: ReactNode
  readonly hint: string
  readonly isOpen?: boolean
  readonly onOpenChange?: (isOpen: boolean) => void
}) => (
  <TooltipTrigger delay={400} {...opened}>
    {children}
    <Tooltip className="hint" offset={6}>
      {hint}
    </Tooltip>
  </TooltipTrigger>
)
