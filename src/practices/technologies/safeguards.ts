/** Whether what is used was looked at first, and leaves no patient data behind. */
import { attested } from '#core/attestations/check.ts'
import { attestedSafeguard, safeguard } from '#core/safeguards/model.ts'
import { sql } from '#platform/database.ts'

const softwareApproved = safeguard({
  name: 'technologies.software-approved',
  title: 'Only approved software is installed',
  meets: ['164.308(a)(1)(ii)(B)', '164.308(a)(5)(ii)(B)'],
  severity: 'medium',
  subject: 'software',
  needs: ['component', 'approval'],
  namedBy: 'component',
  remedy: 'Decide on it: approve it with an owner and a date, or remove it from the devices that have it.',
  check: sql`
    with seen as (
      select fact.product_id, bool_or(source.is_current) as is_current,
        count(distinct coalesce(fact.device_id::text, fact.host_key)) filter (where source.is_current) as devices,
        min(source.basis) filter (where source.is_current) as basis
      from component_fact fact join source_now source on source.id = fact.source_id
      where fact.absent_from is null and fact.product_id is not null
      group by fact.product_id
    ), decided as (
      select covered.product_id, bool_or(not source.is_current) as some_lapsed,
        coalesce(bool_or(is_granted and not has_expired) filter (where source.is_current), false) as is_approved,
        coalesce(bool_or(not is_granted) filter (where source.is_current), false) as is_refused,
        max(approval.expires_on) filter (where source.is_current and is_granted and has_expired) as expired_on,
        min(source.basis) filter (where source.is_current) as basis
      from product_approval covered
      join approval_fact approval on approval.id = covered.approval_fact_id and approval.absent_from is null
      join source_now source on source.id = approval.source_id
      cross join lateral (select coalesce(approval.decision, 'approved') in ('approved', 'trial', 'limited') as is_granted,
        coalesce(approval.expires_on < judged_on(), false) as has_expired) told
      group by covered.product_id
    ), list as (
      select coalesce(bool_and(complete), false) as is_complete from source_now where is_current and 'approval' = any (kinds)
    )
    select product.id as subject, product.name as key, product.name as label,
      case when is_refused and is_approved then 'unknown'
           when is_approved then 'pass'
           when not seen.is_current or (some_lapsed and not is_refused and expired_on is null) then 'unknown'
           when is_refused or expired_on is not null or list.is_complete then 'fail'
           else 'unknown' end::verdict as verdict,
      least(seen.basis, decided.basis) as basis,
      case when is_refused and is_approved
             then format('%s is approved by one line of the list of approved software, and refused or retired by another.', product.name)
           when is_approved then null
           when not seen.is_current then format('The software inventory that names %s has lapsed.', product.name)
           when some_lapsed and not is_refused and expired_on is null
             then format('The list of approved software that names %s has lapsed.', product.name)
           when is_refused then format('%s %s, although it was refused or retired.', product.name, place)
           when expired_on is not null
             then format('%s %s, and its approval ran out on %s.', product.name, place, say_day(expired_on))
           when list.is_complete then format('%s %s and not on the list of approved software.', product.name, place)
           else format('No complete list of approved software says whether %s was approved.', product.name)
      end as detail
    from seen
    join product on product.id = seen.product_id
    cross join list
    left join decided on decided.product_id = seen.product_id
    cross join lateral (select case seen.devices when 0 then 'is installed' when 1 then 'is installed on 1 device'
      else format('is installed on %s devices', seen.devices) end as place) said`,
})

const approvalsCurrent = safeguard({
  name: 'technologies.approvals-current',
  title: 'No approval of software has run out',
  meets: ['164.308(a)(8)'],
  severity: 'low',
  subject: 'organisation',
  needs: ['approval'],
  namedBy: 'approval',
  remedy: 'Look at each of them again: approve it anew, or retire it and remove the software.',
  check: sql`
    with listed as (
      select count(*) filter (where source.is_current) as approvals,
        bool_or(not source.is_current) as some_lapsed,
        count(*) filter (where source.is_current and fact.expires_on < judged_on()) as expired,
        min(fact.expires_on) filter (where source.is_current and fact.expires_on < judged_on()) as first_on,
        (array_agg(fact.product order by fact.expires_on, fact.product)
          filter (where source.is_current and fact.expires_on < judged_on()))[1] as first,
        min(source.basis) filter (where source.is_current) as basis
      from approval_fact fact join source_now source on source.id = fact.source_id
      where fact.absent_from is null and coalesce(fact.decision, 'approved') in ('approved', 'trial', 'limited')
    )
    select current_organisation() as subject, 'organisation' as key, 'the organisation' as label,
      case when expired > 0 then 'fail' when approvals = 0 or some_lapsed then 'unknown' else 'pass' end::verdict as verdict,
      basis,
      case when expired = 1 then format('The approval of %s ran out on %s.', first, say_day(first_on))
           when expired > 1
             then format('%s approvals have run out, the first of them, of %s, on %s.', expired, first, say_day(first_on))
           when some_lapsed then 'A list of approved software has lapsed.'
           when approvals = 0 then 'No current list of approved software names an approval.' end as detail
    from listed`,
})

const mediaDisposed = attestedSafeguard({
  name: 'technologies.media-disposed',
  title: 'Devices and media are wiped or destroyed before they leave',
  meets: ['164.310(d)(2)(i)', '164.310(d)(2)(ii)'],
  severity: 'high',
  statement:
    'Every device and medium that held patient data and was given away, re-used or thrown away within the last year was wiped or destroyed first, and that was recorded.',
  remedy: 'Compare what left with the records of wiping and destruction, then let the person in charge attest to it.',
  check: attested('technologies.media-disposed'),
})

const workstationUse = attestedSafeguard({
  name: 'technologies.workstation-use',
  title: 'It is set what each kind of workstation is used for, where it stands and how',
  meets: ['164.310(b)', '164.310(c)'],
  severity: 'low',
  statement:
    'Rules are in force for the use and the surroundings of every kind of workstation that reaches patient data, and were seen to be kept within the last year.',
  remedy: 'Set the rules, walk round and see whether they are kept, then let the person who did so attest to it.',
  check: attested('technologies.workstation-use'),
})

export const safeguards = [softwareApproved, approvalsCurrent, mediaDisposed, workstationUse]
