/** Figures as they are now, of one process. */
export type Gauges = { readonly [name: string]: number }

export interface GaugeFamily {
  readonly name: string
  readonly help: string
  /** How the figures of several processes are told as one. */
  readonly of: 'sum' | 'least' | 'most'
}

/** Those whose names end in `_total` only rise. */
export const gaugeFamilies: readonly GaugeFamily[] = [
  { name: 'pointsman_data_planes', of: 'sum', help: 'Data planes of this host that answered.' },
  {
    name: 'pointsman_snapshot_revision',
    of: 'least',
    help: 'Revision that is served; of several data planes the oldest.',
  },
  {
    name: 'pointsman_snapshot_age_seconds',
    of: 'most',
    help: 'How long ago the registry confirmed that the snapshot is its newest.',
  },
  { name: 'pointsman_ready', of: 'least', help: '1 = every data plane takes requests.' },
  { name: 'pointsman_requests_in_flight', of: 'sum', help: 'Requests to models under way.' },
  { name: 'pointsman_body_bytes_in_flight', of: 'sum', help: 'Bytes of their bodies, as declared.' },
  {
    name: 'pointsman_shed_total',
    of: 'sum',
    help: 'Requests that were refused at the door because the server had more to do than it could.',
  },
  { name: 'pointsman_event_loop_lag_seconds', of: 'most', help: 'How late the event loop is.' },
  { name: 'pointsman_memory_bytes', of: 'sum', help: 'What live objects and buffers of data planes take.' },
  {
    name: 'pointsman_journal_queued_bytes',
    of: 'sum',
    help: 'Usage records that wait to be written to the journal.',
  },
  {
    name: 'pointsman_journal_open',
    of: 'least',
    help: '0 = a journal cannot take records: requests are refused.',
  },
  {
    name: 'pointsman_circuits_open',
    of: 'most',
    help: 'Models and regions that are left alone after failures.',
  },
  { name: 'pointsman_registry_up', of: 'least', help: '1 = the registry answers.' },
  {
    name: 'pointsman_metrics_lost_total',
    of: 'sum',
    help: 'Values that CloudWatch or the OTLP receiver never took.',
  },
]

export function joinGauges({ name, of }: GaugeFamily, all: readonly Gauges[]): number | null {
  const values = all.flatMap((gauges) => {
    const value = gauges[name]
    return value === undefined ? [] : [value]
  })
  if (values.length === 0) return null
  switch (of) {
    case 'sum':
      return values.reduce((sum, value) => sum + value, 0)
    case 'least':
      return Math.min(...values)
    case 'most':
      return Math.max(...values)
  }
}
