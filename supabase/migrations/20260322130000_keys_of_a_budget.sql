-- The keys that count into one budget are found without looking at every key: a cost alarm on a key asks twice a minute.
CREATE INDEX keys_of_budget ON pointsman.keys (coalesce(budget_id, id));

-- Days that were added up before they were over for an hour, by a host whose clock ran ahead: what came in later is missing in
-- them. They are added up anew; hours are never removed, and a day that has none any more is left as it is.
DELETE FROM pointsman.usage_folded_days
WHERE folded_at < day + interval '25 hours' AND day >= (SELECT date_trunc('day', min(hour), 'UTC') FROM pointsman.usage_rollups);

UPDATE pointsman.settings SET value = to_jsonb(greatest(value #>> '{}', '20260322130000'))
WHERE key = 'schema-version';
