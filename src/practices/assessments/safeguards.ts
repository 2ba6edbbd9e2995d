/** Whether the organisation looks at its risks, at what it does about them, and at everything that it has. */
import { attested } from '#core/attestations/check.ts'
import { attestedSafeguard, safeguard } from '#core/safeguards/model.ts'
import { sql } from '#platform/database.ts'

const riskAnalysisWithin12Months = safeguard({
  name: 'assessments.risk-analysis-within-12-months',
  title: 'A risk analysis was completed within the last 12 months',
  meets: ['164.308(a)(1)(ii)(A)'],
  severity: 'critical',
  subject: 'organisation',
  needs: ['assessment'],
  namedBy: 'assessment',
  remedy: 'Carry out a risk analysis of every system that holds patient data, and add it to the list of assessments.',
  check: sql`
    with listed as (
      select max(fact.completed_on) filter (where fact.completed_on <= judged_on() and source.is_current) as completed_on,
        max(fact.completed_on) filter (where fact.completed_on <= judged_on()) as ever_on,
        coalesce(bool_or(fact.completed_on is null and source.is_current), false) as some_undated,
        max(source.basis) filter (where source.is_current and fact.completed_on >= judged_on() - interval '12 months'
          and fact.completed_on <= judged_on()) as basis
      from assessment_fact fact join source_now source on source.id = fact.source_id
      where fact.absent_from is null and fact.assessment_kind = 'risk-analysis'
    ), list as (
      select coalesce(bool_and(complete), false) as is_complete
      from source_now where is_current and 'assessment' = any (kinds)
    )
    select current_organisation() as subject, 'organisation' as key, 'the organisation' as label,
      case when completed_on >= judged_on() - interval '12 months' then 'pass'
           when ever_on >= judged_on() - interval '12 months' or some_undated or not is_complete then 'unknown'
           else 'fail' end::verdict as verdict,
      basis,
      case when completed_on >= judged_on() - interval '12 months' then null
           when ever_on >= judged_on() - interval '12 months'
             then format('The list that names the risk analysis of %s has lapsed.', say_day(ever_on))
           when some_undated then 'The list of assessments does not say when a risk analysis was completed.'
           when not is_complete then 'No complete list of assessments is at hand, so one that it lacks may still exist.'
           when completed_on is not null
             then format('The last risk analysis was completed on %s, more than 12 months ago.', say_day(completed_on))
           else 'The list of assessments names no risk analysis.' end as detail
    from listed cross join list`,
})

const evaluationWithin12Months = safeguard({
  name: 'assessments.evaluation-within-12-months',
  title: 'Security was evaluated against the rules within the last 12 months',
  meets: ['164.308(a)(8)'],
  severity: 'high',
  subject: 'organisation',
  needs: ['assessment'],
  namedBy: 'assessment',
  remedy:
    'Have somebody evaluate, in practice and on paper, how the Security Rule is met; add it to the list of assessments.',
  check: sql`
    with listed as (
      select max(fact.completed_on) filter (where fact.completed_on <= judged_on() and source.is_current) as completed_on,
        max(fact.completed_on) filter (where fact.completed_on <= judged_on()) as ever_on,
        coalesce(bool_or(fact.completed_on is null and source.is_current), false) as some_undated,
        max(source.basis) filter (where source.is_current and fact.completed_on >= judged_on() - interval '12 months'
          and fact.completed_on <= judged_on()) as basis
      from assessment_fact fact join source_now source on source.id = fact.source_id
      where fact.absent_from is null and fact.assessment_kind in ('evaluation', 'audit')
    ), list as (
      select coalesce(bool_and(complete), false) as is_complete
      from source_now where is_current and 'assessment' = any (kinds)
    )
    select current_organisation() as subject, 'organisation' as key, 'the organisation' as label,
      case when completed_on >= judged_on() - interval '12 months' then 'pass'
           when ever_on >= judged_on() - interval '12 months' or some_undated or not is_complete then 'unknown'
           else 'fail' end::verdict as verdict,
      basis,
      case when completed_on >= judged_on() - interval '12 months' then null
           when ever_on >= judged_on() - interval '12 months'
             then format('The list that names the evaluation of %s has lapsed.', say_day(ever_on))
           when some_undated then 'The list of assessments does not say when an evaluation was completed.'
           when not is_complete then 'No complete list of assessments is at hand, so one that it lacks may still exist.'
           when completed_on is not null
             then format('The last evaluation was completed on %s, more than 12 months ago.', say_day(completed_on))
           else 'The list of assessments names no evaluation or audit.' end as detail
    from listed cross join list`,
})

const systemsRegistered = safeguard({
  name: 'assessments.systems-registered',
  title: 'Every system that is met elsewhere is in the list of systems',
  meets: ['164.308(a)(1)(ii)(A)'],
  severity: 'medium',
  subject: 'system',
  needs: ['system'],
  uses: ['account', 'backup'],
  namedBy: 'account',
  remedy: 'Add it to the list of systems, with its owner and whether it holds patient data.',
  check: sql`
    with met as (
      select system_id, 'accounts' as by from account_now
      union
      select system_id, 'backups' from backup_fact where absent_from is null and system_id is not null
    ), list as (
      select coalesce(bool_and(complete), false) as is_complete from source_now where is_current and 'system' = any (kinds)
    ), asked as (
      select distinct known.system_id
      from match_question question join system_name known on known.name = question.system_name
      where question.kind = 'system-name' and question.answered_at is null
    )
    select system.system_id as subject, system.name as key, system.name as label,
      case when system.is_registered and system.basis is not null then 'pass'
           when system.is_registered or asked.system_id is not null or not list.is_complete then 'unknown'
           else 'fail' end::verdict as verdict,
      system.basis,
      case when system.is_registered and system.basis is not null then null
           when system.is_registered then format('The list of systems that names %s has lapsed.', system.name)
           when asked.system_id is not null
             then format('Whether %s is another name for a system on the list waits for an answer.', system.name)
           when not list.is_complete then 'No complete list of systems is at hand, so it may be on one that was not read.'
           else format('%s has %s, and is not in the list of systems.', system.name,
             (select string_agg(by, ' and ' order by by) from met where met.system_id = system.system_id))
      end as detail
    from system_now system cross join list left join asked on asked.system_id = system.system_id
    where system.system_id in (select system_id from met)`,
})

const risksTreated = attestedSafeguard({
  name: 'assessments.risks-treated',
  title: 'The risks that were found are being brought down',
  meets: ['164.308(a)(1)(ii)(B)'],
  severity: 'high',
  statement:
    'Each risk of the latest risk analysis has somebody who treats it and a date, and what was due by now has been done or decided anew.',
  remedy:
    'Give every risk of the latest analysis an owner, a measure and a date, then let the person in charge attest to it.',
  check: attested('assessments.risks-treated'),
})

export const safeguards = [riskAnalysisWithin12Months, evaluationWithin12Months, systemsRegistered, risksTreated]
