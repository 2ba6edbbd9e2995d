import { type Sql, sql } from '#platform/database.ts'

/** The check of an attested safeguard: a named person's statement, in its period. Without one it is unknown, never failed. */
export function attested(name: string): Sql {
  return sql`
    select current_organisation() as subject, 'organisation' as key, 'the organisation' as label,
      case when bool_or(holds) then 'pass' else 'unknown' end::verdict as verdict,
      'stated'::basis as basis,
      case when bool_or(holds) then null
           when count(*) > 0 then format('What was attested ran out on %s.', say_day(max(valid_until_on)))
           else 'Nobody has attested to it.' end as detail
    from attestation_now where safeguard = ${sql.lit(name)}`
}
