/**
 * Whether accesses to patients' records are recorded, told completely, looked at, decided and kept. Judged by what Vigil last
 * saw of the trail (`trail_standing`, `trail_source`): when it has not looked for a day, nothing of it is known. A system of
 * whose accesses nothing tells is unknown, not failed: it may well record them where Vigil does not see it. Only where the list
 * of systems says that it records none, it fails.
 */
import { type Safeguard, safeguard } from '#core/safeguards/model.ts'
import { type Sql, sql } from '#platform/database.ts'

/** A verification older than this proves nothing of today; one is made each week. */
const verifiedWithinDays = 35

/** What was seen within a day of the moment that is judged: the hour allows for clocks, and for what is judged meanwhile. */
const isFresh = (seenAt: Sql) => sql`
  (${seenAt} between judged_at() - interval '26 hours' and judged_at() + interval '1 hour')`

const organisation = sql`current_organisation() as subject, 'organisation' as key, 'the organisation' as label`

/** The trail as it was seen last; one row, of nulls where there is none. */
const seen = sql`
  seen as (
    select standing.seen_at is not null as is_there, coalesce(${isFresh(sql`standing.seen_at`)}, false) as is_fresh,
      standing.accesses, standing.months, standing.seen_at
    from (select 1) one left join trail_standing standing on true)`

const whyUnseen = sql`
  case when not seen.is_there or coalesce(seen.accesses, 0) = 0 then 'The access trail holds no access yet.'
       else format('Vigil has not seen the access trail since %s.', say_day(seen.seen_at)) end`

const auditControls = safeguard({
  name: 'access.audit-controls',
  title: 'Every system with patient data tells the access trail who opens what',
  meets: ['164.312(b)'],
  severity: 'high',
  subject: 'system',
  needs: ['system'],
  namedBy: 'system',
  holdsHours: 26,
  remedy:
    'Switch on the system’s audit log and send it to the access trail; then say which source tells of which system.',
  check: sql`
    with ${seen}, feed as (
      select system_id, bool_or(accepted > 0 and not 'silent' = any (troubles)
          -- Of one of which too little is known no silence is told: it lives while it was heard within a day.
          and (usual_silence_ms is not null or expected_minutes is not null or ${isFresh(sql`last_received_at`)})) as is_alive,
        bool_and(not 'silent' = any (troubles)) as is_untold, bool_or(accepted > 0) as has_spoken,
        min(name) as name, max(last_received_at) as last_received_at
      from trail_source where not is_retired and system_id is not null group by system_id)
    select system.system_id as subject, system.name as key, system.name as label,
      case when system.basis is null or system.ephi is null then 'unknown'
           when feed.system_id is null then case when system.audit_logging is false then 'fail' else 'unknown' end
           when not seen.is_fresh or not feed.has_spoken then 'unknown'
           when feed.is_alive then 'pass'
           when feed.is_untold then 'unknown'
           else 'fail' end::verdict as verdict,
      least('measured'::basis, system.basis) as basis,
      case when system.basis is null then format('The list of systems that names %s has lapsed.', system.name)
           when system.ephi is null then format('The list of systems does not say whether %s holds patient data.', system.name)
           when feed.system_id is null and system.audit_logging is false
             then format('%s holds patient data and records no accesses.', system.name)
           when feed.system_id is null then format('No source of the access trail tells who opens what in %s.', system.name)
           when not seen.is_fresh then ${whyUnseen}
           when not feed.has_spoken then format('The source %s of %s has not told of any access yet.', feed.name, system.name)
           when not feed.is_alive and feed.is_untold
             then format('%s told the access trail something last on %s, and too little is known of how often it should.',
               system.name, say_day(feed.last_received_at))
           when not feed.is_alive
             then format('%s has told the access trail nothing since %s.', system.name, say_day(feed.last_received_at))
      end as detail
    from system_now system cross join seen left join feed on feed.system_id = system.system_id
    where system.is_registered and not system.is_out_of_use and system.ephi is not false`,
})

const trailComplete = safeguard({
  name: 'access.trail-complete',
  title: 'The sources of the access trail are complete: none is silent, lacks events or is misread',
  meets: ['164.312(b)', '164.308(a)(1)(ii)(D)'],
  severity: 'high',
  subject: 'organisation',
  needs: [],
  remedy:
    'Open the sources of the access trail, find out why each stopped or lost events, and have what is missing sent again.',
  check: sql`
    with ${seen}, source as (
      select count(*) as all, count(*) filter (where cardinality(troubles) > 0) as troubled,
        count(*) filter (where cardinality(troubles) = 0 and state <> 'well') as unproved,
        (array_agg(coalesce(title, name) order by name) filter (where cardinality(troubles) > 0))[1] as first_name,
        (array_agg(says[1] order by name) filter (where cardinality(troubles) > 0))[1] as first_says
      from trail_source where not is_retired)
    select ${organisation},
      case when not seen.is_fresh or source.all = 0 then 'unknown'
           when source.troubled > 0 then 'fail'
           when source.unproved > 0 then 'unknown'
           else 'pass' end::verdict as verdict,
      'measured'::basis as basis,
      case when not seen.is_fresh then ${whyUnseen}
           when source.all = 0 then 'The access trail has no source.'
           when source.troubled > 0 then format('%s of %s sources of the access trail %s. %s: %s', source.troubled, source.all,
             case when source.troubled = 1 then 'is not complete' else 'are not complete' end, source.first_name,
             source.first_says)
           when source.unproved > 0 then format('Too little is known yet of %s of %s sources of the access trail.',
             source.unproved, source.all)
      end as detail
    from seen cross join source`,
})

const cases = sql`
  undecided as (
    select count(*) filter (where seen_at is null and review_by < judged_on()) as unseen,
      min(review_by) filter (where seen_at is null and review_by < judged_on()) as unseen_since,
      count(*) filter (where due_on < judged_on()) as overdue, min(due_on) filter (where due_on < judged_on()) as overdue_since
    from access_case where state in ('open', 'talk'))`

/** The cases are all there only when the rules went over all accesses of late: it is done each night. */
const worked = sql`
  worked as (
    select exists (select from job where kind = 'trail.judge' and state = 'done' and finished_at
      between judged_at() - interval '50 hours' and judged_at() + interval '1 hour') as is_done)`
const whyNotWorked = sql`'The cases of the access trail were not worked out over all accesses in the last two days.'`

/** One of how soon people act on cases; `late` are those of `undecided` on which nobody did, and `says` how many and since when. */
const inTime = (
  told: Pick<Safeguard, 'name' | 'title' | 'meets' | 'remedy'>,
  { late, says }: { readonly late: Sql; readonly says: Sql },
) =>
  safeguard({
    ...told,
    severity: 'high',
    subject: 'organisation',
    needs: [],
    check: sql`
    with ${seen}, ${cases}, ${worked}
    select ${organisation},
      case when ${late} > 0 then 'fail'
           when not seen.is_fresh or seen.accesses = 0 or not worked.is_done then 'unknown'
           else 'pass' end::verdict as verdict,
      'measured'::basis as basis,
      case when ${late} > 0 then ${says}
           when not seen.is_fresh or seen.accesses = 0 then ${whyUnseen}
           when not worked.is_done then ${whyNotWorked}
      end as detail
    from seen cross join undecided cross join worked`,
  })

const casesReviewed = inTime(
  {
    name: 'access.cases-reviewed',
    title: 'Each case of the access trail is looked at within the time that the policy sets',
    meets: ['164.308(a)(1)(ii)(D)'],
    remedy: 'Open the cases of the access trail and read those that nobody has looked at, the highest score first.',
  },
  {
    late: sql`undecided.unseen`,
    says: sql`format('Nobody has looked at %s, due since %s.',
             case when undecided.unseen = 1 then 'one case' else undecided.unseen || ' cases' end,
             say_day(undecided.unseen_since))`,
  },
)

const casesDecided = inTime(
  {
    name: 'access.cases-decided',
    title: 'Each case of the access trail is decided in time',
    meets: ['164.308(a)(6)(ii)', '164.308(a)(1)(ii)(D)'],
    remedy: 'Decide the overdue cases: appropriate with a reason, somebody to be spoken with, or a violation.',
  },
  {
    late: sql`undecided.overdue`,
    says: sql`format('%s undecided, due since %s.',
             case when undecided.overdue = 1 then 'One case is' else undecided.overdue || ' cases are' end,
             say_day(undecided.overdue_since))`,
  },
)

const trailRetained = safeguard({
  name: 'access.trail-retained',
  title: 'Accesses are kept for as long as the policy says, and unharmed',
  meets: ['164.316(b)(2)(i)', '164.528(a)(1)'],
  severity: 'high',
  subject: 'organisation',
  needs: [],
  remedy: 'Verify the access trail; where it is harmed, restore the log from a backup, and treat it as an incident.',
  check: sql`
    with ${seen}, policy as (
      select coalesce((select retention_years from trail_settings), 6) as years
    ), verified as (
      select is_intact, at from (select 1) one left join lateral (
        select is_intact, at from trail_verification where at <= judged_at() + interval '1 hour'
        order by id desc limit 1) last on true
    ), lost as (
      -- A month that is gone although the policy keeps it.
      select min(month ->> 'month') as month
      from seen cross join policy, lateral jsonb_array_elements(coalesce(seen.months, '[]')) month
      where month ->> 'state' = 'destroyed'
        and month ->> 'month' >= to_char(judged_on() - make_interval(years => policy.years), 'YYYY-MM'))
    select ${organisation},
      case when seen.is_there and verified.is_intact is false then 'fail'
           when not seen.is_fresh or seen.accesses = 0 then 'unknown'
           when lost.month is not null then 'fail'
           when verified.at is null or verified.at < judged_at() - make_interval(days => ${sql.lit(verifiedWithinDays)})
             then 'unknown'
           else 'pass' end::verdict as verdict,
      'measured'::basis as basis,
      case when seen.is_there and verified.is_intact is false
             then format('The verification of %s found the access trail harmed.', say_day(verified.at))
           when not seen.is_fresh or seen.accesses = 0 then ${whyUnseen}
           when lost.month is not null
             then format('The accesses of %s were destroyed before the %s years of the policy were over.', lost.month, policy.years)
           when verified.at is null then 'The access trail was never verified.'
           when verified.at < judged_at() - make_interval(days => ${sql.lit(verifiedWithinDays)})
             then format('The access trail was verified last on %s, which is too long ago.', say_day(verified.at))
      end as detail
    from seen cross join policy cross join verified cross join lost`,
})

export const trailSafeguards: readonly Safeguard[] = [
  auditControls,
  trailComplete,
  casesReviewed,
  casesDecided,
  trailRetained,
]
