import type { UsageDimension } from '@pointsman/sdk'
import { useFilters } from '../../app/use-filters.ts'
import { SelectField, Tick, type Choice } from '../../parts/field.tsx'
import { Card, PageFrame } from '../../parts/page.tsx'
import { Empty, Loaded } from '../../parts/states.tsx'
import { lastDay, lastMonth, lastQuarter, lastWeek, type Range } from '../../plots/ranges.ts'
import { fill } from '../../text/fill.ts'
import { CsvButton } from './csv-button.tsx'
import { FallbackReasons } from './fallback-reasons.tsx'
import { dimensionOf, dimensions, measureOf, measures, type Measure } from './measures.ts'
import { text } from './text.ts'
import { UsagePlot } from './usage-plot.tsx'
import { UsageTable } from './usage-table.tsx'
import { listedGroups, useUsage, type UsageSeen } from './use-usage.ts'
import { useGroupNames } from './use-group-names.ts'
import './usage.css'

const noFilters = { by: 'model', measure: 'cost', range: lastDay.id, compare: '' }
const ranges = [lastDay, lastWeek, lastMonth, lastQuarter]

/** What was used, by whom, at what cost. */
export default function UsagePage() {
  const [filters, setFilters] = useFilters(noFilters)
  const dimension = dimensionOf(filters.by)
  const measure = measureOf(filters.measure)
  const range = ranges.find(({ id }) => id === filters.range) ?? lastDay
  const isCompared = filters.compare === 'true'
  const usage = useUsage(dimension.id, range, isCompared)
  return (
    <PageFrame
      title={text.title}
      hint={text.hint}
      actions={
        <>
          <SelectField
            label={text.measure}
            isCompact
            value={measure.id}
            onChange={(id) => setFilters({ measure: id })}
            choices={measures.map(capitalised)}
          />
          <SelectField
            label={text.groupBy}
            isCompact
            value={dimension.id}
            onChange={(id) => setFilters({ by: id })}
            choices={dimensions.map(capitalised)}
          />
          <SelectField
            label={text.range}
            isCompact
            value={range.id}
            onChange={(id) => setFilters({ range: id })}
            choices={ranges}
          />
          <Tick
            isSelected={isCompared}
            onChange={(compared) => setFilters({ compare: compared ? 'true' : '' })}
          >
            {text.compare}
          </Tick>
        </>
      }
    >
      <Loaded query={usage} lines={10}>
        {(seen) =>
          seen.total === null && seen.groups.length === 0 ? (
            <Card>
              <Empty title={text.empty}>{text.emptyHint}</Empty>
            </Card>
          ) : (
            <Seen {...{ seen, measure, range }} groupBy={dimension.id} words={dimension.label} />
          )
        }
      </Loaded>
      <FallbackReasons range={range} />
    </PageFrame>
  )
}

const capital = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1)
const capitalised = ({ id, label }: Choice): Choice => ({ id, label: capital(label) })

function Seen({
  groupBy,
  measure,
  range,
  seen,
  words,
}: {
  readonly seen: UsageSeen
  readonly range: Range
  readonly measure: Measure
  readonly groupBy: UsageDimension
  /** `by model` */
  readonly words: string
}) {
  const nameOf = useGroupNames(groupBy)
  const title = fill(text.overTime, { measure: measure.label, group: words })
  return (
    <>
      <Card title={capital(title)}>
        <UsagePlot seen={seen} measure={measure} title={title} nameOf={nameOf} />
      </Card>
      <Card
        title={fill(text.table, { group: words })}
        padded={false}
        actions={
          <CsvButton groupBy={groupBy} range={range} isCompared={seen.before !== null} nameOf={nameOf} />
        }
      >
        <UsageTable
          seen={seen}
          measure={measure}
          label={fill(text.table, { group: words })}
          nameOf={nameOf}
        />
        {seen.groups.length < listedGroups ? null : (
          <p className="soft small usage-most">{fill(text.mostGroups, { count: listedGroups })}</p>
        )}
      </Card>
    </>
  )
}
