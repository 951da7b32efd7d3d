import type { ReactNode } from 'react'
import './badge.css'

export type Tone = 'neutral' | 'good' | 'warn' | 'bad' | 'accent'

/** A state in a word. The word carries it; the colour only helps to find it. */
export const Badge = ({
  children,
  tone = 'neutral',
}: {
  readonly children: ReactNode
  readonly tone?: Tone
}) => <span className={`badge ${tone}`}>{children}</span>
