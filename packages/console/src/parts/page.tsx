import type { ReactNode } from 'react'
import './page.css'

/** The frame of a page: its one heading, what can be done, and its content. */
export const PageFrame = ({
  actions,
  children,
  hint,
  title,
}: {
  readonly title: ReactNode
  readonly hint?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}) => (
  <div className="page">
    <header className="page-head">
      <div className="page-title">
        <h1>{title}</h1>
        {hint === undefined ? null : <p className="soft">{hint}</p>}
      </div>
      {actions === undefined ? null : <div className="page-actions">{actions}</div>}
    </header>
    {children}
  </div>
)

export const Card = ({
  actions,
  children,
  padded = true,
  title,
}: {
  readonly title?: ReactNode
  readonly actions?: ReactNode
  readonly padded?: boolean
  readonly children: ReactNode
}) => (
  <section className="card">
    {title === undefined ? null : (
      <header className="card-head">
        <h2>{title}</h2>
        {actions}
      </header>
    )}
    <div className={padded ? 'card-body' : undefined}>{children}</div>
  </section>
)

/** Names and what they are, one under the other. */
export const Facts = ({
  facts,
}: {
  readonly facts: readonly (readonly [name: string, value: ReactNode])[]
}) => (
  <dl className="facts">
    {facts.map(([name, value]) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
)
