import { GridList, GridListItem, useDragAndDrop } from 'react-aria-components'
import { Button } from '../../parts/button.tsx'
import { TextField } from '../../parts/field.tsx'
import type { KnownModels } from '../../parts/use-models.ts'
import { fill } from '../../text/fill.ts'
import { text } from './text.ts'

export interface RankedListProps {
  readonly label: string
  readonly ids: readonly string[]
  readonly models: KnownModels
  readonly onMove: (ids: readonly string[]) => void
  readonly onRemove: (id: string) => void
  readonly isReadOnly: boolean
  readonly empty: string
  /** Shares of the requests; absent = the list has none. */
  readonly weights?: {
    readonly of: (id: string) => string
    readonly set: (id: string, weight: string) => void
  }
}

/** Models in an order that is changed by dragging, or by the handle and the arrow keys. */
export function RankedList(props: RankedListProps) {
  const { ids, isReadOnly, models, weights } = props
  const { dragAndDropHooks } = useDragAndDrop({
    getItems: (keys) => [...keys].map((key) => ({ 'text/plain': String(key) })),
    isDisabled: isReadOnly,
    onReorder: ({ keys, target }) => {
      const moved = [...keys].map(String)
      const others = ids.filter((id) => !moved.includes(id))
      const place = others.indexOf(String(target.key)) + (target.dropPosition === 'after' ? 1 : 0)
      props.onMove([...others.slice(0, place), ...moved, ...others.slice(place)])
    },
  })
  return (
    <GridList
      className="routes-ranked"
      aria-label={props.label}
      items={ids.map((id) => ({ id }))}
      dependencies={[weights, models, isReadOnly]}
      dragAndDropHooks={dragAndDropHooks}
      keyboardNavigationBehavior="tab"
      renderEmptyState={() => <p className="soft">{props.empty}</p>}
    >
      {({ id }) => <Row id={id} {...props} />}
    </GridList>
  )
}

const Row = ({
  id,
  ids,
  isReadOnly,
  models,
  onRemove,
  weights,
}: RankedListProps & { readonly id: string }) => {
  const name = models.nameOf(id)
  return (
    <GridListItem id={id} textValue={name} className="routes-ranked-row">
      {isReadOnly ? null : (
        <Button slot="drag" kind="quiet" size="small" icon="grip" label={fill(text.moveHandle, { name })} />
      )}
      <span className="number soft">{ids.indexOf(id) + 1}</span>
      <span className="routes-ranked-name">
        {name}
        <span className="mono soft small">{id}</span>
      </span>
      {weights === undefined ? null : (
        <TextField
          label={fill(text.weightOf, { name })}
          isCompact
          isReadOnly={isReadOnly}
          value={weights.of(id)}
          onChange={(weight) => weights.set(id, weight)}
        />
      )}
      {isReadOnly ? null : (
        <Button
          kind="quiet"
          size="small"
          icon="close"
          label={fill(text.remove, { name })}
          onPress={() => onRemove(id)}
        />
      )}
    </GridListItem>
  )
}
