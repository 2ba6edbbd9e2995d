/** Whether what is in use is still repaired by its maker, seen, and protected. */
import { safeguard } from '#core/safeguards/model.ts'
import { sql } from '#platform/database.ts'

/** Days after which a managed device that has not reported counts as lost from sight. */
const silentAfterDays = 30

/** Where the maker names no end of support, an update this recent shows that the version still gets them. */
const updatedWithinDays = 180

const supportedOs = safeguard({
  name: 'patching.supported-os',
  title: 'Every device in use runs an operating system that still gets security updates',
  meets: ['164.308(a)(1)(ii)(B)', '164.308(a)(5)(ii)(B)'],
  severity: 'high',
  subject: 'device',
  needs: ['device'],
  namedBy: 'device',
  remedy: 'Upgrade or replace it; until then take it off the network, or keep it apart from systems with patient data.',
  check: sql`
    select device.device_id as subject, device.name as key, device.name as label,
      -- Inventories that disagree: one that names a system without updates is enough.
      case when told.worst_end < judged_on() then 'fail'
           when device.end_of_support_on is not null then 'pass'
           when device.last_update_on >= judged_on() - ${sql.lit(updatedWithinDays)}::int then 'pass'
           else 'unknown' end::verdict as verdict,
      told.basis,
      case when told.worst_end < judged_on()
             then format('%s runs %s, which gets no security updates since %s%s.', device.name, told.worst_label,
               say_day(told.worst_end),
               case when told.extended_on >= judged_on()
                 then ', unless its extended support until ' || say_day(told.extended_on) || ' was bought' else '' end)
           when device.basis is null then format('The inventory that names %s has lapsed.', device.name)
           when device.os_label is null then format('No inventory says which operating system %s runs.', device.name)
           when device.os_product is null
             then format('%s runs %s, an operating system whose end of support is not known here.', device.name, device.os_label)
           when device.end_of_support_on is null
             then format('%s runs %s; until when that version is supported is not known.', device.name, device.os_label)
      end as detail
    from device_now device
    left join (
      select fact.device_id, max(source.basis) as basis, max(release.extended_on) as extended_on,
        min(release.end_of_support_on) as worst_end,
        (array_agg(release.label order by release.end_of_support_on))[1] as worst_label
      from device_fact fact
      join source_now source on source.id = fact.source_id
      left join os_release release on release.product = fact.os_product and release.cycle = fact.os_cycle
      where fact.absent_from is null and source.is_current and fact.os_product is not null
      group by fact.device_id
    ) told on told.device_id = device.device_id
    where not device.is_out_of_use`,
})

const devicesCheckIn = safeguard({
  name: 'patching.devices-check-in',
  title: `Every managed device was seen within the last ${silentAfterDays} days`,
  meets: ['164.308(a)(1)(ii)(B)', '164.310(d)(2)(iii)'],
  severity: 'medium',
  subject: 'device',
  needs: ['device'],
  namedBy: 'device',
  remedy: 'Find it and connect it so that it gets its updates, or mark it as retired or lost.',
  check: sql`
    select device.device_id as subject, device.name as key, device.name as label,
      case when device.last_seen_at is null then 'unknown'
           when device.last_seen_at < device.seen_as_of - make_interval(days => ${sql.lit(silentAfterDays)}) then 'fail'
           else 'pass' end::verdict as verdict,
      told.basis,
      case when device.basis is null then format('The inventory that names %s has lapsed.', device.name)
           when device.last_seen_at is null then format('No inventory says when %s was last seen.', device.name)
           when device.last_seen_at < device.seen_as_of - make_interval(days => ${sql.lit(silentAfterDays)})
             then format('%s was last seen on %s, more than %s days before the inventory of %s.', device.name,
               say_day(device.last_seen_at), ${sql.lit(silentAfterDays)}, say_day(device.seen_as_of))
      end as detail
    from device_now device
    left join (
      select distinct on (fact.device_id) fact.device_id, source.basis
      from device_fact fact join source_now source on source.id = fact.source_id
      where fact.absent_from is null and source.is_current and fact.last_seen_at is not null
      order by fact.device_id, fact.last_seen_at desc, source.basis desc
    ) told on told.device_id = device.device_id
    where not device.is_out_of_use and device.managed is not false
      and coalesce(device.device_kind, 'workstation') not in ('medical', 'network', 'printer')`,
})

const malwareProtection = safeguard({
  name: 'patching.malware-protection',
  title: 'Every computer in use is protected against malware',
  meets: ['164.308(a)(5)(ii)(B)'],
  severity: 'high',
  subject: 'device',
  needs: ['device'],
  namedBy: 'device',
  remedy: 'Install or turn on its malware protection, and find out why it was off.',
  check: sql`
    select device.device_id as subject, device.name as key, device.name as label,
      case when device.malware_protection is null then 'unknown'
           when device.malware_protection then 'pass' else 'fail' end::verdict as verdict,
      told.basis,
      case when device.basis is null then format('The inventory that names %s has lapsed.', device.name)
           when device.malware_protection is null
             then format('No inventory says whether %s is protected against malware.', device.name)
           when not device.malware_protection then format('%s has no working malware protection.', device.name)
      end as detail
    from device_now device
    left join (
      select fact.device_id, max(source.basis) as basis
      from device_fact fact join source_now source on source.id = fact.source_id
      where fact.absent_from is null and source.is_current and fact.malware_protection
      group by fact.device_id
    ) told on told.device_id = device.device_id
    where not device.is_out_of_use
      and coalesce(device.device_kind, 'workstation') in ('workstation', 'laptop', 'server', 'virtual')`,
})

const softwareInventoried = safeguard({
  name: 'patching.software-inventoried',
  title: 'It is known what software is installed on every computer in use',
  meets: ['164.308(a)(1)(ii)(A)', '164.308(a)(1)(ii)(B)'],
  severity: 'low',
  subject: 'device',
  needs: ['device'],
  uses: ['component'],
  namedBy: 'device',
  remedy: 'Supply a software inventory that includes it, from your endpoint tool or an SBOM.',
  check: sql`
    with seen as (
      select fact.device_id, bool_or(source.is_current) as is_current,
        max(source.basis) filter (where source.is_current) as basis
      from component_fact fact join source_now source on source.id = fact.source_id
      where fact.absent_from is null and fact.device_id is not null
      group by fact.device_id
    )
    select device.device_id as subject, device.name as key, device.name as label,
      case when seen.is_current then 'pass' else 'unknown' end::verdict as verdict,
      seen.basis,
      case when seen.is_current then null
           when seen.device_id is not null then format('The software inventory of %s has lapsed.', device.name)
           else format('No software inventory speaks of %s.', device.name) end as detail
    from device_now device left join seen on seen.device_id = device.device_id
    where not device.is_out_of_use
      and coalesce(device.device_kind, 'workstation') in ('workstation', 'laptop', 'server', 'virtual')`,
})

export const safeguards = [supportedOs, devicesCheckIn, malwareProtection, softwareInventoried]
