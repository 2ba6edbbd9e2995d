/** Whether somebody is responsible, and what was decided is written down and looked at again. */
import { attested } from '#core/attestations/check.ts'
import { requirements } from '#core/requirements/model.ts'
import { attestedSafeguard, type Safeguard, safeguard } from '#core/safeguards/model.ts'
import { sql } from '#platform/database.ts'

/** The addressable specifications with their place in the order of the law, which stands for them as subjects. */
const addressable = sql.join(
  requirements()
    .filter(({ required }) => required === 'addressable')
    .map(({ citation, title }, index) => sql`(${sql.lit(index + 1)}::bigint, ${sql.lit(citation)}, ${sql.lit(title)})`),
)

const addressableDecided = safeguard({
  name: 'compliance.addressable-decided',
  title: 'For every addressable specification it is decided what is done, and why',
  meets: ['164.306(d)(3)(i)', '164.306(d)(3)(ii)(A)', '164.306(d)(3)(ii)(B)(1)', '164.306(d)(3)(ii)(B)(2)'],
  severity: 'low',
  subject: 'requirement',
  needs: [],
  remedy:
    'Decide whether to implement it, to do something equivalent, or why it is not reasonable here, and record that.',
  check: sql`
    select specification.id as subject, specification.citation as key, specification.title as label,
      case when decision.review_on >= judged_on() then 'pass' else 'unknown' end::verdict as verdict,
      'stated'::basis as basis,
      case when decision.review_on >= judged_on() then null
           when decision.id is not null
             then format('What was decided on %s was to be reviewed by %s.', say_day(decision.decided_on), say_day(decision.review_on))
           else 'Nobody has decided what is done about it.' end as detail
    from (values ${addressable}) specification (id, citation, title)
    left join addressable_decision decision on decision.citation = specification.citation
      and decision.superseded_at is null and decision.decided_on <= judged_on()`,
})

/** That an official is named: by the list of response roles, or by a person's word. */
function officialNamed(official: {
  name: string
  title: string
  meets: readonly string[]
  role: string
  called: string
}): Safeguard {
  return safeguard({
    name: official.name,
    title: official.title,
    meets: official.meets,
    severity: 'high',
    subject: 'organisation',
    needs: [],
    uses: ['role', 'person', 'attestation'],
    remedy: `Name a ${official.called} in writing, and put them in the list of response roles.`,
    check: sql`
      with holder as (
        select coalesce(bool_or(source.is_current and person.has_left is false), false) as is_held,
          coalesce(bool_or(not source.is_current), false) as some_lapsed,
          max(coalesce(fact.person_name, fact.person_email, fact.employee_number))
            filter (where source.is_current and person.has_left is null) as unplaced,
          max(person.name) filter (where source.is_current and person.has_left) as leaver,
          max(person.left_on) filter (where source.is_current and person.has_left) as left_on
        from role_fact fact
        join source_now source on source.id = fact.source_id
        left join person_now person on person.person_id = fact.person_id
        where fact.absent_from is null and fact.role_key = ${sql.lit(official.role)}
      ), list as (
        select coalesce(bool_and(complete), false) as is_complete from source_now where is_current and 'role' = any (kinds)
      ), word as (
        select coalesce(bool_or(holds), false) as holds from attestation_now where safeguard = ${sql.lit(official.name)}
      )
      select current_organisation() as subject, 'organisation' as key, 'the organisation' as label,
        case when is_held or holds then 'pass'
             when unplaced is not null or some_lapsed then 'unknown'
             when leaver is not null or is_complete then 'fail'
             else 'unknown' end::verdict as verdict,
        'stated'::basis as basis,
        case when is_held or holds then null
             when unplaced is not null
               then format('%s, who is named as %s, is not on a current staff list.', unplaced, ${sql.lit(official.called)})
             when some_lapsed
               then format('The list of response roles that names the %s has lapsed.', ${sql.lit(official.called)})
             when leaver is not null
               then format('%s, who is named as %s, left%s.', leaver, ${sql.lit(official.called)},
                 coalesce(' on ' || say_day(left_on), ''))
             when is_complete then format('The list of response roles names no %s.', ${sql.lit(official.called)})
             else format('No complete list of response roles says who the %s is, and nobody has attested to it.',
               ${sql.lit(official.called)})
        end as detail
      from holder cross join list cross join word`,
  })
}

const securityOfficialNamed = officialNamed({
  name: 'compliance.security-official-named',
  title: 'Somebody who is here is responsible for security',
  meets: ['164.308(a)(2)'],
  role: 'security-officer',
  called: 'security officer',
})

const privacyOfficialNamed = officialNamed({
  name: 'compliance.privacy-official-named',
  title: 'Somebody who is here is responsible for privacy',
  meets: ['164.530(a)(1)(i)', '164.530(a)(2)'],
  role: 'privacy-officer',
  called: 'privacy officer',
})

const policiesReviewed = attestedSafeguard({
  name: 'compliance.policies-reviewed',
  title: 'Policies and procedures were reviewed within the last year',
  meets: ['164.316(b)(2)(iii)', '164.316(a)'],
  severity: 'medium',
  statement:
    'Every policy and procedure for patient data was read against how work is done today within the last year, corrected where they differed, and is kept where those who need it find it.',
  remedy: 'Review the policies with those who work by them, then let the person in charge attest to it.',
  check: attested('compliance.policies-reviewed'),
})

const activityReviewed = attestedSafeguard({
  name: 'compliance.activity-reviewed',
  title: 'Records of what is done in systems are reviewed regularly',
  meets: ['164.308(a)(1)(ii)(D)'],
  severity: 'high',
  statement:
    'Audit logs, access reports and incident records of the systems with patient data are reviewed on a set schedule, within the last quarter too, and what stood out was followed up.',
  remedy: 'Set who reviews which records and how often, carry it out, then let the person who does it attest to it.',
  check: attested('compliance.activity-reviewed'),
})

export const safeguards = [
  addressableDecided,
  securityOfficialNamed,
  privacyOfficialNamed,
  policiesReviewed,
  activityReviewed,
]
