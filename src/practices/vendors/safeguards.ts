/** Whether those who handle patient data for the organisation are known, bound and looked at. */
import { safeguard } from '#core/safeguards/model.ts'
import { sql } from '#platform/database.ts'

/** Days for which an assessment of a vendor counts. */
const assessedForDays = 365

const agreementSigned = safeguard({
  name: 'vendors.agreement-signed',
  title: 'Every vendor that handles patient data has a business associate agreement in force',
  meets: ['164.308(b)(1)', '164.308(b)(3)', '164.314(a)(1)', '164.504(e)(1)'],
  severity: 'critical',
  subject: 'vendor',
  needs: ['vendor'],
  namedBy: 'vendor',
  remedy: 'Get a business associate agreement signed, and send no more patient data until it is.',
  // A list that keeps agreements and has none in this row says that there is none; one without such a column says nothing.
  check: sql`
    with list as (
      select coalesce(bool_or(coalesce(fact.agreement, fact.agreement_signed_on::text, fact.agreement_expires_on::text)
        is not null), false) as keeps_agreements
      from vendor_fact fact join source_now source on source.id = fact.source_id and source.is_current
      where fact.absent_from is null
    )
    select vendor.vendor_id as subject, vendor.name as key, vendor.name as label,
      case when vendor.ephi is null then 'unknown'
           when vendor.agreement_expires_on < judged_on() then 'fail'
           when vendor.agreement in ('none', 'pending', 'expired') then 'fail'
           when vendor.agreement_signed_on > judged_on() then 'fail'
           when vendor.agreement_signed_on is not null or vendor.agreement = 'signed' then 'pass'
           when vendor.agreement is null and vendor.agreement_expires_on is not null then 'pass'
           when vendor.agreement is null and list.keeps_agreements then 'fail'
           else 'unknown' end::verdict as verdict,
      vendor.basis,
      case when vendor.basis is null then format('The vendor list that names %s has lapsed.', vendor.name)
           when vendor.ephi is null then format('The vendor list does not say whether %s handles patient data.', vendor.name)
           when vendor.agreement_expires_on < judged_on()
             then format('The agreement with %s, who handles patient data, ran out on %s.', vendor.name,
               say_day(vendor.agreement_expires_on))
           when vendor.agreement = 'none' then format('%s handles patient data without an agreement.', vendor.name)
           when vendor.agreement = 'pending'
             then format('%s handles patient data, and the agreement is still waiting to be signed.', vendor.name)
           when vendor.agreement = 'expired'
             then format('The agreement with %s, who handles patient data, has run out.', vendor.name)
           when vendor.agreement_signed_on > judged_on()
             then format('The agreement with %s, who handles patient data, is dated %s, which is still to come.', vendor.name,
               say_day(vendor.agreement_signed_on))
           when vendor.agreement_signed_on is not null or vendor.agreement = 'signed' then null
           when vendor.agreement is null and vendor.agreement_expires_on is not null then null
           when vendor.agreement is null and list.keeps_agreements
             then format('%s handles patient data, and the vendor list records no agreement.', vendor.name)
           when vendor.agreement = 'not-required'
             then format('The vendor list says that %s handles patient data, and that no agreement is required: one is wrong.',
               vendor.name)
           else format('The vendor list does not say whether the agreement with %s is signed.', vendor.name)
      end as detail
    from vendor_now vendor cross join list
    where not vendor.is_out_of_use and vendor.ephi is not false`,
})

const assessedYearly = safeguard({
  name: 'vendors.assessed-yearly',
  title: 'Every vendor that handles patient data was assessed within the last year',
  meets: ['164.308(b)(1)'],
  severity: 'medium',
  subject: 'vendor',
  needs: ['vendor'],
  namedBy: 'vendor',
  remedy: 'Ask the vendor how it protects patient data, judge the answers, and enter the day in the vendor list.',
  check: sql`
    select vendor.vendor_id as subject, vendor.name as key, vendor.name as label,
      case when vendor.ephi is null or vendor.assessed_on is null or vendor.assessed_on > judged_on() then 'unknown'
           when vendor.assessed_on >= judged_on() - ${sql.lit(assessedForDays)} then 'pass'
           else 'fail' end::verdict as verdict,
      vendor.basis,
      case when vendor.basis is null then format('The vendor list that names %s has lapsed.', vendor.name)
           when vendor.ephi is null then format('The vendor list does not say whether %s handles patient data.', vendor.name)
           when vendor.assessed_on is null then format('The vendor list does not say when %s was last assessed.', vendor.name)
           when vendor.assessed_on > judged_on()
             then format('The vendor list dates the assessment of %s %s, which is still to come.', vendor.name,
               say_day(vendor.assessed_on))
           when vendor.assessed_on < judged_on() - ${sql.lit(assessedForDays)}
             then format('%s, who handles patient data, was last assessed on %s.', vendor.name, say_day(vendor.assessed_on))
      end as detail
    from vendor_now vendor
    where not vendor.is_out_of_use and vendor.ephi is not false`,
})

const registerComplete = safeguard({
  name: 'vendors.register-complete',
  title: 'The vendor of every system with patient data is in the vendor list',
  meets: ['164.308(b)(1)'],
  severity: 'medium',
  subject: 'system',
  needs: ['system', 'vendor'],
  namedBy: 'system',
  remedy:
    'Add the vendor to the vendor list, with its agreement; if it is there under another name, write the same in both.',
  // Nothing to compare is an answer only of a list that names vendors.
  noneOnlyIf: sql`
    select coalesce(bool_or(fact.vendor is not null), false)
    from system_fact fact join source_now source on source.id = fact.source_id and source.is_current
    where fact.absent_from is null`,
  // "Epic" and "Epic Systems" may be one company: a name that begins another is not taken for missing.
  check: sql`
    with list as (
      select coalesce(bool_and(complete), false) as is_complete from source_now where is_current and 'vendor' = any (kinds)
    )
    select system.system_id as subject, system.name as key, system.name as label,
      case when system.ephi is null then 'unknown'
           when vendor.basis is not null and not vendor.is_out_of_use then 'pass'
           when vendor.vendor_id is not null and vendor.basis is null then 'unknown'
           when alike.name is not null or not list.is_complete then 'unknown'
           else 'fail' end::verdict as verdict,
      least(system.basis, vendor.basis) as basis,
      case when system.basis is null then format('The list of systems that names %s has lapsed.', system.name)
           when system.ephi is null then format('The list of systems does not say whether %s holds patient data.', system.name)
           when vendor.basis is not null and not vendor.is_out_of_use then null
           when vendor.vendor_id is not null and vendor.basis is null
             then format('The vendor list that names %s has lapsed.', vendor.name)
           when alike.name is not null
             then format('The vendor of %s, %s, may be the one that the vendor list calls %s.', system.name, system.vendor,
               alike.name)
           when not list.is_complete
             then format('The vendor list does not name %s, the vendor of %s, and it is not complete.', system.vendor, system.name)
           when vendor.vendor_id is not null
             then format('The vendor list says that %s is no longer or not yet a vendor, and %s, which holds patient data, is in use.',
               vendor.name, system.name)
           else format('%s, the vendor of %s, which holds patient data, is not in the vendor list.', system.vendor, system.name)
      end as detail
    from system_now system cross join list
    left join vendor_now vendor on vendor.vendor_key = system.vendor_key
    left join lateral (
      select min(other.name) as name from vendor_now other
      where vendor.vendor_id is null
        and (starts_with(other.vendor_key, system.vendor_key || ' ') or starts_with(system.vendor_key, other.vendor_key || ' '))
    ) alike on true
    where system.is_registered and not system.is_out_of_use and system.ephi is not false
      and (system.vendor is not null or system.basis is null)`,
})

export const safeguards = [agreementSigned, assessedYearly, registerComplete]
