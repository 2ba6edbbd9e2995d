/**
 * Whether the people who work here are taught. Training records are mostly logs, from which a missing row says nothing:
 * somebody fails when the records speak of them, or when a complete list does not.
 */
import { attested } from '#core/attestations/check.ts'
import { attestedSafeguard, safeguard } from '#core/safeguards/model.ts'
import { sql } from '#platform/database.ts'

/** Days for which a completed security training counts. */
const trainedForDays = 365
/** Days that a new hire has. */
const newHireDays = 30

/** Words by which the name of a course tells that it teaches security or privacy; records that name no course count. */
const securityWords =
  '(security|hipaa|hitech|privacy|confidential|\\mphi\\M|phish|cyber|ransomware|malware|password|data protection|social engineering)'

/** Completed and planned courses of everyone, with whether they are over and whether they teach security. */
const courses = sql`
  select fact.person_id, fact.course, fact.completed_on, source.is_current, source.basis,
    fact.course is null or fact.course ~* ${sql.lit(securityWords)} as is_security,
    coalesce(coalesce(fact.standing, 'completed') = 'completed' and fact.completed_on <= judged_on(), false) as is_done,
    coalesce(fact.standing = 'completed' and fact.completed_on is null, false) as is_undated
  from training_fact fact
  join source_now source on source.id = fact.source_id
  where fact.absent_from is null and fact.person_id is not null`

/** People who may be meant by records that could not be tied to anybody: somebody else has the same name. */
const namesakes = sql`
  select distinct person.person_id
  from training_fact fact
  join source_now source on source.id = fact.source_id and source.is_current
  join person_fact person on person.name_key = fact.name_key and person.absent_from is null
  where fact.absent_from is null and fact.person_id is null and person.person_id is not null`

const completedYearly = safeguard({
  name: 'training.completed-yearly',
  title: 'Everyone who works here has completed a security training within the last year',
  meets: ['164.308(a)(5)(i)', '164.530(b)(1)'],
  severity: 'high',
  subject: 'person',
  needs: ['person', 'training'],
  namedBy: 'person',
  remedy: 'Have them complete the security training now, and give their manager the date by which it is due.',
  check: sql`
    with course as (${courses}), record as (
      select person_id, bool_or(is_current and is_security) as is_spoken_of,
        max(completed_on) filter (where is_done and is_security and is_current) as completed_on,
        max(completed_on) filter (where is_done and is_security) as ever_on,
        min(basis) filter (where is_done and is_security and is_current
          and completed_on >= judged_on() - ${sql.lit(trainedForDays)}) as basis,
        bool_or(is_undated and is_security and is_current) as some_undated,
        max(course) filter (where is_done and not is_security and is_current
          and completed_on >= judged_on() - ${sql.lit(trainedForDays)}) as other_course
      from course group by person_id
    ), namesake as (${namesakes}), list as (
      select coalesce(bool_and(complete), false) as is_complete
      from source_now where is_current and 'training' = any (kinds)
    )
    select person.person_id as subject, coalesce(person.employee_number, person.email, person.name) as key,
      person.name as label,
      case when person.has_left is null then 'unknown'
           when record.completed_on >= judged_on() - ${sql.lit(trainedForDays)} then 'pass'
           when record.ever_on >= judged_on() - ${sql.lit(trainedForDays)} or record.some_undated
             or namesake.person_id is not null then 'unknown'
           when record.is_spoken_of then 'fail'
           when record.other_course is not null or not list.is_complete then 'unknown'
           else 'fail' end::verdict as verdict,
      least(record.basis, person.basis) as basis,
      case when person.has_left is null then format('The staff list that names %s has lapsed.', person.name)
           when record.completed_on >= judged_on() - ${sql.lit(trainedForDays)} then null
           when record.ever_on >= judged_on() - ${sql.lit(trainedForDays)}
             then format('The training records that speak of %s have lapsed.', person.name)
           when record.some_undated
             then format('The training records do not say when %s completed a security training.', person.name)
           when namesake.person_id is not null
             then format('A training record for somebody called %s could not be tied to one person.', person.name)
           when record.completed_on is not null
             then format('%s last completed a security training on %s.', person.name, say_day(record.completed_on))
           when record.is_spoken_of or (record.other_course is null and list.is_complete)
             then format('%s has no completed security training on record.', person.name)
           when record.other_course is not null
             then format('%s completed the course %s; whether it teaches security cannot be told from its name.', person.name,
               record.other_course)
           else format('The training records do not speak of %s, and they are not a complete list.', person.name)
      end as detail
    from person_now person cross join list
    left join record on record.person_id = person.person_id
    left join namesake on namesake.person_id = person.person_id
    where person.is_listed and person.has_left is not true and person.is_pending is not true
      and coalesce(person.hired_on < judged_on() - ${sql.lit(newHireDays)}, true)`,
})

const newHiresWithin30Days = safeguard({
  name: 'training.new-hires-within-30-days',
  title: `Everyone hired within the last year completed a security training within ${newHireDays} days`,
  meets: ['164.530(b)(2)(i)(B)', '164.308(a)(5)(i)'],
  severity: 'medium',
  subject: 'person',
  needs: ['person', 'training'],
  namedBy: 'person',
  remedy: 'Train them now if that has not been done, and make the training part of the first week.',
  check: sql`
    with course as (${courses}), record as (
      select person_id, bool_or(is_current and is_security) as is_spoken_of,
        array_agg(completed_on) filter (where is_done and is_security and is_current) as days,
        array_agg(completed_on) filter (where is_done and is_security) as days_ever,
        min(basis) filter (where is_done and is_security and is_current) as basis,
        bool_or(is_undated and is_security and is_current) as some_undated,
        max(course) filter (where is_done and not is_security and is_current) as other_course
      from course group by person_id
    ), namesake as (${namesakes}), list as (
      select coalesce(bool_and(complete), false) as is_complete
      from source_now where is_current and 'training' = any (kinds)
    ), hire as (
      select person.*, record.is_spoken_of, record.some_undated, record.other_course,
        record.basis as record_basis, namesake.person_id is not null as has_namesake, list.is_complete,
        exists (select from unnest(record.days) day where day between person.hired_on - ${sql.lit(newHireDays)}
          and person.hired_on + ${sql.lit(newHireDays)}) as is_trained,
        exists (select from unnest(record.days_ever) day where day between person.hired_on - ${sql.lit(newHireDays)}
          and person.hired_on + ${sql.lit(newHireDays)}) as was_trained,
        (select min(day) from unnest(record.days) day where day > person.hired_on + ${sql.lit(newHireDays)}) as later_on
      from person_now person cross join list
      left join record on record.person_id = person.person_id
      left join namesake on namesake.person_id = person.person_id
      where person.is_listed and person.has_left is not true and person.is_pending is not true
        and (person.hired_on is null or (person.hired_on < judged_on() - ${sql.lit(newHireDays)}
          and person.hired_on >= judged_on() - interval '12 months'))
    )
    select person_id as subject, coalesce(employee_number, email, name) as key, name as label,
      case when has_left is null or hired_on is null then 'unknown'
           when is_trained then 'pass'
           when was_trained or some_undated or has_namesake then 'unknown'
           when is_spoken_of then 'fail'
           when other_course is not null or not is_complete then 'unknown'
           else 'fail' end::verdict as verdict,
      least(record_basis, basis) as basis,
      case when has_left is null then format('The staff list that names %s has lapsed.', name)
           when hired_on is null then format('The staff list does not say when %s was hired.', name)
           when is_trained then null
           when was_trained then format('The training records that speak of %s have lapsed.', name)
           when some_undated then format('The training records do not say when %s completed a security training.', name)
           when has_namesake then format('A training record for somebody called %s could not be tied to one person.', name)
           when later_on is not null
             then format('%s was hired on %s and first completed a security training on %s.', name, say_day(hired_on), say_day(later_on))
           when is_spoken_of or (other_course is null and is_complete)
             then format('%s was hired on %s and has completed no security training since.', name, say_day(hired_on))
           when other_course is not null
             then format('%s completed the course %s; whether it teaches security cannot be told from its name.', name, other_course)
           else format('The training records do not speak of %s, and they are not a complete list.', name)
      end as detail
    from hire`,
})

const remindersSent = attestedSafeguard({
  name: 'training.reminders-sent',
  title: 'Security reminders go out to everyone through the year',
  meets: ['164.308(a)(5)(ii)(A)'],
  severity: 'low',
  statement:
    'Everyone who works here was reminded of security at least four times within the last year, on what was current then.',
  remedy: 'Send a short security reminder to everyone, keep it, then let the person who sends them attest to it.',
  check: attested('training.reminders-sent'),
})

const sanctionsApplied = attestedSafeguard({
  name: 'training.sanctions-applied',
  title: 'Whoever breaks the rules on patient data is sanctioned, and that is recorded',
  meets: ['164.308(a)(1)(ii)(C)', '164.530(e)(1)'],
  severity: 'medium',
  statement:
    'A sanction policy is in force and known to everyone, and within the last year it was applied and recorded wherever somebody broke the rules.',
  remedy: 'Put the sanction policy in force, record how it was applied, then let the officer in charge attest to it.',
  check: attested('training.sanctions-applied'),
})

export const safeguards = [completedYearly, newHiresWithin30Days, remindersSent, sanctionsApplied]
