/** Whether what is lost comes back: backups that are young enough, restores that were tried, and a plan. */
import { attested } from '#core/attestations/check.ts'
import { attestedSafeguard, safeguard } from '#core/safeguards/model.ts'
import { sql } from '#platform/database.ts'

/** Hours of work that may be lost where nobody has set an objective. */
const usualRpoHours = 24
/** Days for which a restore test counts. */
const testedForDays = 365

const backupWithinRpo = safeguard({
  name: 'continuity.backup-within-rpo',
  title: 'Every system with patient data is backed up within its recovery point objective',
  meets: ['164.308(a)(7)(ii)(A)'],
  severity: 'critical',
  subject: 'system',
  needs: ['system', 'backup'],
  namedBy: 'system',
  remedy: 'Find out why the backup does not run, make one now, and see that somebody is told when the next one fails.',
  // The end of a failed run is not a success, whichever column it was written to.
  check: sql`
    with told as (
      select fact.*, source.is_current, source.collected_at, source.basis,
        case when fact.result in ('failed', 'running') and fact.last_success_at >= fact.last_run_at then null
             when fact.last_success_at is null and fact.result in ('success', 'warning') then fact.last_run_at
             else fact.last_success_at end as success_at
      from backup_fact fact join source_now source on source.id = fact.source_id
      where fact.absent_from is null and fact.system_id is not null
    ), job as (
      select system_id, job, max(success_at) as success_at,
        (array_agg(result order by last_run_at desc nulls last, id desc) filter (where result is not null))[1] as last_result
      from told where is_current and job is not null group by system_id, job
    ), backup as (
      select fact.system_id, bool_or(fact.is_current) as is_current,
        max(success_at) filter (where fact.is_current) as success_at,
        max(fact.collected_at) filter (where fact.is_current) as collected_at,
        min(fact.rpo_hours) filter (where fact.is_current) as rpo_hours,
        min(fact.basis) filter (where fact.is_current and success_at is not null) as basis,
        (array_agg(fact.result order by fact.last_run_at desc nulls last, fact.id desc)
          filter (where fact.is_current and fact.result is not null))[1] as last_result
      from told fact
      group by fact.system_id
    ), list as (
      select coalesce(bool_and(complete), false) as is_complete from source_now where is_current and 'backup' = any (kinds)
    ), place as (
      select fact.system_id, bool_or(fact.hosting in ('saas', 'hosted')) as is_elsewhere
      from system_fact fact join source_now source on source.id = fact.source_id and source.is_current
      where fact.absent_from is null group by fact.system_id
    ), held as (
      select system.*, backup.is_current, backup.success_at, backup.collected_at, backup.last_result,
        backup.basis as backup_basis, backup.system_id is not null as is_reported, place.is_elsewhere, list.is_complete,
        coalesce(system.rpo_hours, backup.rpo_hours, ${sql.lit(usualRpoHours)}) as hours
      from system_now system cross join list
      left join backup on backup.system_id = system.system_id
      left join place on place.system_id = system.system_id
      where system.is_registered and not system.is_out_of_use and system.ephi is not false
    ), judged as (
      -- A good job does not speak for one that fails and has nothing recent: which of them holds the data, nobody says.
      select held.*, (
        select min(job.job) from job
        where job.system_id = held.system_id and job.last_result = 'failed'
          and coalesce(job.success_at < held.collected_at - make_interval(secs => held.hours * 3600), true)
      ) as failing_job
      from held
    )
    select system_id as subject, name as key, name as label,
      case when ephi is null then 'unknown'
           when is_current and success_at >= collected_at - make_interval(secs => hours * 3600) and failing_job is not null
             then 'unknown'
           when is_current and success_at >= collected_at - make_interval(secs => hours * 3600) then 'pass'
           when is_current and (success_at is not null or last_result = 'failed') then 'fail'
           when is_reported or is_elsewhere or not is_complete then 'unknown'
           else 'fail' end::verdict as verdict,
      least(backup_basis, basis) as basis,
      case when basis is null then format('The list of systems that names %s has lapsed.', name)
           when ephi is null then format('The list of systems does not say whether %s holds patient data.', name)
           when is_current and success_at >= collected_at - make_interval(secs => hours * 3600) and failing_job is not null
             then format('One job of %s is in time and another, %s, fails: the report does not say which of them holds the data.',
               name, failing_job)
           when is_current and success_at >= collected_at - make_interval(secs => hours * 3600) then null
           when is_current and success_at is not null
             then format('The last good backup of %s was on %s, more than %s hours before the report of %s.', name,
               say_day(success_at), hours, say_day(collected_at))
           when is_current and last_result = 'failed'
             then format('The last backup of %s failed, and the report of %s names none that succeeded.', name,
               say_day(collected_at))
           when is_current then format('The backup report does not say when a backup of %s last succeeded.', name)
           when is_reported then format('The backup report that names %s has lapsed.', name)
           when is_elsewhere
             then format('The vendor of %s backs it up or nobody does: the backup report does not say.', name)
           when not is_complete then format('The backup report does not speak of %s, and it is not complete.', name)
           else format('%s holds patient data, and no backup of it is in the report.', name)
      end as detail
    from judged`,
})

const restoreTested = safeguard({
  name: 'continuity.restore-tested',
  title: 'A restore of every system with patient data was tried within the last year, and worked',
  meets: ['164.308(a)(7)(ii)(D)'],
  severity: 'high',
  subject: 'system',
  needs: ['system', 'backup'],
  namedBy: 'system',
  remedy:
    'Restore its backup to a safe place, check that the data is there and opens, and record the day and the outcome.',
  check: sql`
    with newest as (
      select distinct on (fact.system_id) fact.system_id, fact.restore_tested_on, fact.restore_passed, source.basis
      from backup_fact fact join source_now source on source.id = fact.source_id and source.is_current
      where fact.absent_from is null and fact.system_id is not null and fact.restore_tested_on <= judged_on()
      order by fact.system_id, fact.restore_tested_on desc, fact.restore_passed nulls last, fact.id desc
    ), report as (
      select fact.system_id, bool_or(source.is_current) as is_current
      from backup_fact fact join source_now source on source.id = fact.source_id
      where fact.absent_from is null and fact.system_id is not null group by fact.system_id
    )
    select system.system_id as subject, system.name as key, system.name as label,
      case when system.ephi is null or newest.restore_tested_on is null then 'unknown'
           when newest.restore_passed is false then 'fail'
           -- A product that ran a restore has not said that it worked; a person who lists a test has.
           when newest.restore_tested_on < judged_on() - ${sql.lit(testedForDays)} then 'fail'
           when newest.restore_passed is null and newest.basis = 'measured' then 'unknown'
           else 'pass' end::verdict as verdict,
      least(newest.basis, system.basis) as basis,
      case when system.basis is null then format('The list of systems that names %s has lapsed.', system.name)
           when system.ephi is null then format('The list of systems does not say whether %s holds patient data.', system.name)
           when report.system_id is null then format('The backup report does not speak of %s.', system.name)
           when not report.is_current then format('The backup report that names %s has lapsed.', system.name)
           when newest.restore_tested_on is null
             then format('The backup report does not say that a restore of %s was ever tried.', system.name)
           when newest.restore_passed is false
             then format('The restore of %s that was tried on %s did not work.', system.name, say_day(newest.restore_tested_on))
           when newest.restore_tested_on < judged_on() - ${sql.lit(testedForDays)}
             then format('A restore of %s was last tried on %s, more than a year ago.', system.name,
               say_day(newest.restore_tested_on))
           when newest.restore_passed is null and newest.basis = 'measured'
             then format('The backup report says that a restore of %s ran on %s, and not whether it worked.', system.name,
               say_day(newest.restore_tested_on))
      end as detail
    from system_now system
    left join newest on newest.system_id = system.system_id
    left join report on report.system_id = system.system_id
    where system.is_registered and not system.is_out_of_use and system.ephi is not false`,
})

const objectivesSet = safeguard({
  name: 'continuity.objectives-set',
  title: 'It is set how long each system may be away and how much of its work may be lost',
  meets: ['164.308(a)(7)(ii)(E)'],
  severity: 'low',
  subject: 'system',
  needs: ['system'],
  namedBy: 'system',
  remedy:
    'Ask those who depend on it how long care can go on without it, and write the answers into the list of systems.',
  check: sql`
    select system.system_id as subject, system.name as key, system.name as label,
      case when missing = '' then 'pass' else 'unknown' end::verdict as verdict,
      system.basis,
      case when missing = '' then null
           when system.basis is null then format('The list of systems that names %s has lapsed.', system.name)
           else format('The list of systems does not say %s of %s.', missing, system.name) end as detail
    from system_now system
    cross join lateral (select concat_ws(', ',
      case when system.criticality is null then 'the criticality' end,
      case when system.rpo_hours is null then 'the recovery point objective' end,
      case when system.rto_hours is null then 'the recovery time objective' end) as missing) told
    where system.is_registered and not system.is_out_of_use`,
})

const planCurrent = attestedSafeguard({
  name: 'continuity.plan-current',
  title: 'The plans for disaster recovery and for working without systems are current',
  meets: ['164.308(a)(7)(ii)(B)', '164.308(a)(7)(ii)(C)'],
  severity: 'high',
  statement:
    'The disaster recovery plan and the plan for working in an emergency were read against the systems and people of today within the last year, and corrected.',
  remedy:
    'Read both plans with those who would carry them out, correct them, then let the person in charge attest to it.',
  check: attested('continuity.plan-current'),
})

export const safeguards = [backupWithinRpo, restoreTested, objectivesSet, planCurrent]
