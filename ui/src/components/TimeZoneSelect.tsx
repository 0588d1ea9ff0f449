import { Select, type SelectProps } from '@mantine/core';
import { useMemo } from 'react';

/** All time zones that the browser knows, with what the clock says there. */
export function TimeZoneSelect(props: Omit<SelectProps, 'data'>) {
  const data = useMemo(() => {
    const zones = Intl.supportedValuesOf('timeZone');
    const all = zones.includes('UTC') ? zones : ['UTC', ...zones];
    return props.value && !all.includes(props.value) ? [props.value, ...all] : all;
  }, [props.value]);
  return (
    <Select
      searchable
      allowDeselect={false}
      limit={100}
      {...props}
      data={data.map((zone) => ({ value: zone, label: zone.replaceAll('_', ' ') }))}
    />
  );
}

/** Where the browser is. */
export function ownTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}
