import type { Queryable, Row } from '../database.ts'
import * as read from '../row-values.ts'

/** Schemas that the migrations fill. */
const schemas = "ARRAY['pointsman', 'public']"
const ofOurs = (namespace: string): string =>
  `${namespace} IN (SELECT oid FROM pg_namespace WHERE nspname = ANY (${schemas}))`

/**
 * What is dumped, in this order: each statement answers `name` (its place) and `body` (its text). PostgreSQL's own
 * functions write the text, so that nothing of an object is left out that they know.
 */
const sections: readonly { readonly title: string; readonly text: string }[] = [
  {
    title: 'Types',
    text: `SELECT format('%I.%I', namespace.nspname, type.typname) AS name,
        format('CREATE TYPE %I.%I AS (%s);', namespace.nspname, type.typname, (
          SELECT string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum)
          FROM pg_attribute WHERE attrelid = class.oid AND attnum > 0)) AS body
      FROM pg_type AS type JOIN pg_class AS class ON class.oid = type.typrelid AND class.relkind = 'c'
      JOIN pg_namespace AS namespace ON namespace.oid = type.typnamespace
      WHERE ${ofOurs('type.typnamespace')}`,
  },
  {
    title: 'Tables',
    text: `SELECT format('%I.%I', namespace.nspname, class.relname) AS name,
        CASE WHEN class.relispartition
          THEN format('CREATE TABLE %I.%I PARTITION OF %s %s;', namespace.nspname, class.relname,
            (SELECT inhparent::regclass FROM pg_inherits WHERE inhrelid = class.oid), pg_get_expr(class.relpartbound, class.oid))
          ELSE format(E'CREATE TABLE %I.%I (\\n  %s\\n)%s;', namespace.nspname, class.relname, (
            SELECT string_agg(line, E',\\n  ' ORDER BY place, line) FROM (
              SELECT attribute.attnum::integer AS place, concat_ws(' ', quote_ident(attribute.attname),
                format_type(attribute.atttypid, attribute.atttypmod),
                CASE attribute.attidentity WHEN 'a' THEN 'GENERATED ALWAYS AS IDENTITY' END,
                'DEFAULT ' || pg_get_expr(fallback.adbin, fallback.adrelid),
                CASE WHEN attribute.attnotnull THEN 'NOT NULL' END) AS line
              FROM pg_attribute AS attribute
              LEFT JOIN pg_attrdef AS fallback ON fallback.adrelid = class.oid AND fallback.adnum = attribute.attnum
              WHERE attribute.attrelid = class.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
              UNION ALL
              -- PostgreSQL 18 keeps NOT NULL as a constraint too; the column says it already.
              SELECT 10000, format('CONSTRAINT %I %s', conname, pg_get_constraintdef(oid))
              FROM pg_constraint WHERE conrelid = class.oid AND contype IN ('p', 'u', 'f', 'c')
            ) AS lines),
            coalesce(' PARTITION BY ' || pg_get_partkeydef(class.oid), ''))
        END AS body
      FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
      WHERE class.relkind IN ('r', 'p') AND ${ofOurs('class.relnamespace')}`,
  },
  {
    title: 'Comments',
    text: `SELECT format('%s.%s', description.objoid::regclass, lpad(description.objsubid::text, 3, '0')) AS name,
        CASE description.objsubid
          WHEN 0 THEN format('COMMENT ON TABLE %s IS %L;', description.objoid::regclass, description.description)
          ELSE format('COMMENT ON COLUMN %s.%I IS %L;', description.objoid::regclass, attribute.attname, description.description)
        END AS body
      FROM pg_description AS description
      JOIN pg_class AS class ON class.oid = description.objoid AND description.classoid = 'pg_class'::regclass
      LEFT JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attnum = description.objsubid AND attribute.attnum > 0
      WHERE ${ofOurs('class.relnamespace')}`,
  },
  {
    title: 'Indexes',
    text: `SELECT format('%s.%s', index.indrelid::regclass, class.relname) AS name, pg_get_indexdef(index.indexrelid) || ';' AS body
      FROM pg_index AS index JOIN pg_class AS class ON class.oid = index.indexrelid
      WHERE ${ofOurs('class.relnamespace')}
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = index.indexrelid)
        AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = index.indexrelid)`,
  },
  {
    title: 'Functions',
    text: `SELECT procedure.oid::regprocedure::text AS name,
        CASE procedure.prokind WHEN 'a' THEN format('CREATE AGGREGATE %s (SFUNC = %s, STYPE = %s, INITCOND = %L);',
            procedure.oid::regprocedure, aggregate.aggtransfn, format_type(aggregate.aggtranstype, NULL), aggregate.agginitval)
          ELSE pg_get_functiondef(procedure.oid) || ';' END AS body
      FROM pg_proc AS procedure LEFT JOIN pg_aggregate AS aggregate ON aggregate.aggfnoid = procedure.oid
      WHERE ${ofOurs('procedure.pronamespace')}`,
  },
  {
    title: 'Views',
    text: `SELECT class.oid::regclass::text AS name,
        format(E'CREATE VIEW %s%s AS\\n%s', class.oid::regclass, coalesce(' WITH (' || array_to_string(class.reloptions, ', ') || ')', ''),
          pg_get_viewdef(class.oid)) AS body
      FROM pg_class AS class WHERE class.relkind = 'v' AND ${ofOurs('class.relnamespace')}`,
  },
  {
    title: 'Triggers',
    text: `SELECT format('%s %s', trigger.tgrelid::regclass, trigger.tgname) AS name, pg_get_triggerdef(trigger.oid) || ';' ||
          CASE trigger.tgenabled WHEN 'A' THEN format(E'\\nALTER TABLE %s ENABLE ALWAYS TRIGGER %I;', trigger.tgrelid::regclass, trigger.tgname)
            ELSE '' END AS body
      FROM pg_trigger AS trigger JOIN pg_class AS class ON class.oid = trigger.tgrelid
      WHERE NOT trigger.tgisinternal AND trigger.tgparentid = 0 AND ${ofOurs('class.relnamespace')}`,
  },
  {
    title: 'Row-level security',
    text: `SELECT class.oid::regclass::text AS name, format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY;', class.oid::regclass) AS body
      FROM pg_class AS class WHERE class.relrowsecurity AND ${ofOurs('class.relnamespace')}
      UNION ALL
      SELECT format('%I.%I %s', schemaname, tablename, policyname),
        format('CREATE POLICY %I ON %I.%I FOR %s TO %s%s%s;', policyname, schemaname, tablename, cmd, array_to_string(roles, ', '),
          ' USING (' || qual || ')', ' WITH CHECK (' || with_check || ')')
      FROM pg_policies WHERE schemaname = ANY (${schemas})`,
  },
  {
    title: 'Rights',
    text: `SELECT format('%s %s', object, grantee) AS name,
        format('GRANT %s ON %s TO %I;', string_agg(privilege_type, ', ' ORDER BY privilege_type), object, grantee) AS body
      FROM (
        SELECT class.oid::regclass::text AS object, (aclexplode(class.relacl)).* FROM pg_class AS class
        WHERE class.relkind IN ('r', 'p', 'v') AND ${ofOurs('class.relnamespace')}
        UNION ALL
        SELECT 'SCHEMA ' || namespace.nspname, (aclexplode(namespace.nspacl)).* FROM pg_namespace AS namespace
        WHERE namespace.nspname = 'pointsman'
        UNION ALL
        SELECT 'FUNCTION ' || procedure.oid::regprocedure, (aclexplode(procedure.proacl)).* FROM pg_proc AS procedure
        WHERE ${ofOurs('procedure.pronamespace')}
      ) AS right_of (object, grantor, grantee_id, privilege_type, is_grantable)
      JOIN (SELECT oid, rolname AS grantee FROM pg_roles WHERE rolname IN ('anon', 'authenticated', 'service_role')) AS role
        ON role.oid = right_of.grantee_id
      GROUP BY object, grantee`,
  },
]

const heading = `-- Made from the migrations by \`npm run schema:dump\`; \`npm run schema:check\` and a test fail when it is stale.
-- For readers and for diffs only: the database is made by the migrations.
`

/** The migrated database as text: the same migrations give the same text, byte for byte. */
export async function dumpSchema(database: Queryable): Promise<string> {
  const parts: string[] = [heading]
  for (const { title, text } of sections) {
    const { rows } = await database.query(
      `SELECT * FROM (${text}) AS objects ORDER BY name COLLATE "C", body COLLATE "C"`,
    )
    parts.push(
      `-- ${title}\n\n${rows.map(bodyOf).join(title === 'Tables' || title === 'Functions' || title === 'Views' ? '\n\n' : '\n')}\n`,
    )
  }
  return parts.join('\n')
}

/** A line end is a line end, and none has blanks before it: editors and git would change them. */
const bodyOf = (row: Row): string =>
  read
    .text(row, 'body')
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trim()
