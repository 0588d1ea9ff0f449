import type { Rule } from '~/api/schema';

/** What an automation does, as the server keeps it. Kinds of steps are data: other parts of the server bring their own. */
export interface Definition {
  version: 1;
  triggers: Trigger[];
  steps: Step[];
  goal?: Goal;
  exits?: Exit[];
  settings?: Settings;
}

export interface Step {
  id: string;
  name?: string;
  kind: string;
  with?: With;
  next?: string;
  on_failure?: string;
  retry?: { attempts: number; first_delay_seconds: number };
}

/** What a kind of step takes. */
export type With = Record<string, unknown>;

export interface Pattern {
  event: string;
  with?: Record<string, unknown>;
  where?: VarTest[];
}

export type VarOp = 'is_set' | 'is_not_set' | 'equals' | 'not_equals' | 'contains' | 'not_contains' | 'less' | 'less_or_equal' | 'greater' | 'greater_or_equal';

export interface VarTest {
  var: string;
  op: VarOp;
  value?: unknown;
}

export type Weekday = 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday';
export type Zone = 'contact' | 'account';

export interface Window {
  weekdays?: Weekday[];
  from?: string;
  to?: string;
  zone?: Zone;
}

/** Exactly one of these. */
export interface Condition {
  contact?: Rule;
  var?: VarTest;
  time?: { within: Window };
  all?: Condition[];
  any?: Condition[];
  not?: Condition;
}

export type Reentry = { policy: 'once' } | { policy: 'once_per'; hours: number } | { policy: 'after_end' } | { policy: 'always' };

export interface Trigger {
  id: string;
  on: Pattern;
  filter?: Condition;
  reentry?: Reentry;
  key?: string;
  start: string;
}

export interface Goal {
  on?: Pattern;
  when?: Condition;
  next?: string;
}

export interface Exit {
  id: string;
  on?: Pattern;
  when?: Condition;
}

export interface Settings {
  caps?: { messages: number; per: 'day' | 'week'; then?: 'hold' | 'skip' }[];
  quiet_hours?: { during: Window; then?: 'hold' | 'skip' };
  stay_when_unsubscribed?: boolean;
}

/** A way out of a step or of a trigger (`trigger:ID`): whose, and where in it it stands, such as `with.cases[0].next`. */
export interface Way {
  from: string;
  slot: string;
}

/** A way with where it leads and what it is called. */
export interface Edge extends Way {
  to: string | undefined;
  /** `next`, `then`, `else`, `jump`, `on_failure`, `if_missing`, `if_past`, `case`, `arm` or `path`. */
  label: string;
  /** Of a case, an arm or a path: which. */
  part?: number;
}

/** Where a step can be put: all these ways lead to the same place, and will lead to the new step. */
export type Place = Way[];
