import { Link } from '@tanstack/react-router'
import { useFilters } from '../../app/use-filters.ts'
import { SelectField } from '../../parts/field.tsx'
import { Card, PageFrame } from '../../parts/page.tsx'
import { Loaded } from '../../parts/states.tsx'
import { lastDay, lastHour, lastMonth, lastWeek } from '../../plots/ranges.ts'
import { Alarms } from './alarms.tsx'
import { Circuits } from './circuits.tsx'
import { Figures } from './figures.tsx'
import { LatestSwitches } from './latest-switches.tsx'
import { Replicas } from './replicas.tsx'
import { text } from './text.ts'
import { TrafficPlots } from './traffic-plots.tsx'
import { useTraffic } from './use-traffic.ts'
import './overview.css'

const ranges = [lastHour, lastDay, lastWeek, lastMonth]

/** How everything is, at a glance. */
export default function OverviewPage() {
  const [filters, setFilters] = useFilters({ range: lastDay.id })
  const range = ranges.find(({ id }) => id === filters.range) ?? lastDay
  const traffic = useTraffic(range)
  return (
    <PageFrame
      title={text.title}
      hint={text.hint}
      actions={
        <SelectField
          label={text.range}
          isCompact
          value={range.id}
          onChange={(id) => setFilters({ range: id })}
          choices={ranges}
        />
      }
    >
      <Alarms />
      <Loaded query={traffic} lines={10}>
        {(loaded) => (
          <>
            <Figures traffic={loaded} />
            <TrafficPlots traffic={loaded} />
          </>
        )}
      </Loaded>
      <div className="overview-columns">
        <Card title={text.lately} actions={<Link to="/switches">{text.allSwitches}</Link>} padded={false}>
          <LatestSwitches />
        </Card>
        <Card title={text.circuits}>
          <Circuits />
        </Card>
      </div>
      <Card title={text.replicas} padded={false}>
        <Replicas />
      </Card>
    </PageFrame>
  )
}
