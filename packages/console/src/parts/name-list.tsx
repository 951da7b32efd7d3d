import { Fragment } from 'react'

/** Names one after the other: a line breaks between them, not within `eu-central-1`. */
export const NameList = ({ names }: { readonly names: readonly string[] }) => (
  // One element: a cell of a card lays out what stands in it side by side.
  <span>
    {names.map((name, index) => (
      <Fragment key={name}>
        {index === 0 ? null : ', '}
        <span className="unbroken">{name}</span>
      </Fragment>
    ))}
  </span>
)
