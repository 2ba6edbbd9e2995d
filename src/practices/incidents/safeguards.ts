/** Whether somebody would know what to do when something goes wrong. */
import { attested } from '#core/attestations/check.ts'
import { attestedSafeguard, safeguard } from '#core/safeguards/model.ts'
import { sql } from '#platform/database.ts'

const responseRolesFilled = safeguard({
  name: 'incidents.response-roles-filled',
  title: 'Every role of the incident response is held by somebody who is here',
  meets: ['164.308(a)(6)(i)', '164.308(a)(6)(ii)', '164.308(a)(2)', '164.530(a)(1)(ii)'],
  severity: 'high',
  subject: 'role',
  needs: ['role'],
  uses: ['person'],
  namedBy: 'role',
  remedy: 'Name somebody who is here, and a deputy, tell them, and put both in the list of response roles.',
  check: sql`
    with holder as (
      select fact.role_key,
        bool_or(source.is_current) as is_current,
        coalesce(bool_or(person.has_left is false) filter (where source.is_current), false) as is_held,
        max(least(source.basis, person.basis)) filter (where source.is_current and person.has_left is false) as basis,
        max(coalesce(fact.person_name, fact.person_email, fact.employee_number))
          filter (where source.is_current and person.has_left is null) as unplaced,
        max(person.name) filter (where source.is_current and person.has_left) as leaver,
        max(person.left_on) filter (where source.is_current and person.has_left) as left_on
      from role_fact fact
      join source_now source on source.id = fact.source_id
      left join person_now person on person.person_id = fact.person_id
      where fact.absent_from is null and fact.role_key is not null
      group by fact.role_key
    ), list as (
      select coalesce(bool_and(complete), false) as is_complete from source_now where is_current and 'role' = any (kinds)
    )
    select role.id::bigint as subject, role.key, role.title as label,
      case when holder.is_held then 'pass'
           when holder.unplaced is not null or holder.is_current is false then 'unknown'
           when holder.is_current or list.is_complete then 'fail'
           else 'unknown' end::verdict as verdict,
      holder.basis,
      case when holder.is_held then null
           when holder.is_current is false
             then format('The list of response roles that says who holds the role of %s has lapsed.', role.title)
           when holder.unplaced is not null
             then format('%s, who holds the role of %s, is not on a current staff list.', holder.unplaced, role.title)
           when holder.leaver is not null
             then format('%s, who holds the role of %s, left%s.', holder.leaver, role.title,
               coalesce(' on ' || say_day(holder.left_on), ''))
           when holder.is_current or list.is_complete
             then format('The list of response roles names nobody for the role of %s.', role.title)
           else format('The list of response roles does not have the role of %s, and it is not complete.', role.title)
      end as detail
    from response_role role cross join list left join holder on holder.role_key = role.key`,
})

const drillWithin12Months = safeguard({
  name: 'incidents.drill-within-12-months',
  title: 'The response to an incident was rehearsed within the last 12 months',
  meets: ['164.308(a)(6)(ii)', '164.308(a)(7)(ii)(D)'],
  severity: 'medium',
  subject: 'organisation',
  needs: ['exercise'],
  namedBy: 'exercise',
  remedy:
    'Rehearse an incident with those who would respond, for example a ransomware tabletop, and record what was learnt.',
  check: sql`
    with listed as (
      select max(fact.held_on) filter (where fact.held_on <= judged_on() and source.is_current) as held_on,
        max(fact.held_on) filter (where fact.held_on <= judged_on()) as ever_on,
        coalesce(bool_or(fact.held_on is null and source.is_current), false) as some_undated,
        max(source.basis) filter (where source.is_current and fact.held_on >= judged_on() - interval '12 months'
          and fact.held_on <= judged_on()) as basis
      from exercise_fact fact join source_now source on source.id = fact.source_id
      where fact.absent_from is null and (fact.exercise_kind = 'incident'
        or (fact.exercise_kind is null and fact.name ~* '(incident|ransomware|tabletop|table-top|cyber|breach)'))
    ), list as (
      select coalesce(bool_and(complete), false) as is_complete from source_now where is_current and 'exercise' = any (kinds)
    )
    select current_organisation() as subject, 'organisation' as key, 'the organisation' as label,
      case when held_on >= judged_on() - interval '12 months' then 'pass'
           when ever_on >= judged_on() - interval '12 months' or some_undated or not is_complete then 'unknown'
           else 'fail' end::verdict as verdict,
      basis,
      case when held_on >= judged_on() - interval '12 months' then null
           when ever_on >= judged_on() - interval '12 months'
             then format('The list that names the rehearsal of %s has lapsed.', say_day(ever_on))
           when some_undated then 'The list of exercises does not say when an incident was rehearsed.'
           when not is_complete then 'No complete list of exercises is at hand, so one that it lacks may have been held.'
           when held_on is not null
             then format('An incident was last rehearsed on %s, more than 12 months ago.', say_day(held_on))
           else 'The list of exercises names no rehearsal of an incident.' end as detail
    from listed cross join list`,
})

const planCurrent = attestedSafeguard({
  name: 'incidents.plan-current',
  title: 'The plan for responding to incidents is current',
  meets: ['164.308(a)(6)(i)'],
  severity: 'high',
  statement:
    'The incident response plan was read against the systems, people and telephone numbers of today within the last year, and corrected.',
  remedy: 'Read the plan with those who would carry it out, correct it, then let the person in charge attest to it.',
  check: attested('incidents.plan-current'),
})

const breachProcedure = attestedSafeguard({
  name: 'incidents.breach-procedure',
  title: 'There is a procedure for judging a breach and notifying those affected in time',
  meets: ['164.404(a)', '164.404(b)', '164.406(a)', '164.408(a)', '164.414(b)'],
  severity: 'high',
  statement:
    'A written procedure says who judges whether an incident is a breach, who notifies the people affected, the Secretary and the media, by when, and how that is recorded; those named in it know it.',
  remedy: 'Write the procedure, tell those whom it names, then let the privacy officer attest to it.',
  check: attested('incidents.breach-procedure'),
})

export const safeguards = [responseRolesFilled, drillWithin12Months, planCurrent, breachProcedure]
