import type { ComponentType } from 'react';
import {
  IconArrowForwardUp,
  IconArrowsSplit,
  IconBell,
  IconBolt,
  IconCalendar,
  IconClock,
  IconFlagCheck,
  IconForms,
  IconHourglass,
  IconMail,
  IconTag,
  IconUserMinus,
  IconUserPlus,
  IconUsersGroup,
  IconWorld,
} from '~/icons';

type Icon = ComponentType<{ size?: number; stroke?: number }>;

const ICONS: Record<string, Icon> = {
  send_email: IconMail,
  wait: IconClock,
  wait_until_date: IconCalendar,
  wait_until_field: IconCalendar,
  wait_for_window: IconClock,
  wait_for_any: IconHourglass,
  if_else: IconArrowsSplit,
  first_match: IconArrowsSplit,
  random_split: IconArrowsSplit,
  add_group: IconUsersGroup,
  remove_group: IconUserMinus,
  add_tag: IconTag,
  remove_tag: IconTag,
  set_field: IconForms,
  clear_field: IconForms,
  increment_field: IconForms,
  set_status: IconUserPlus,
  notify_team: IconBell,
  http_call: IconWorld,
  start_automation: IconBolt,
  jump: IconArrowForwardUp,
  end: IconFlagCheck,
};

export function StepIcon({ kind, size = 17 }: { kind: string; size?: number }) {
  const Shown = ICONS[kind] ?? IconBolt;
  return <Shown size={size} stroke={1.6} />;
}
