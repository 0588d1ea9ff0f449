import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Picture } from '~/api/files';
import { ActionIcon, ColorInput, Group, NumberInput, SegmentedControl, Select, Switch, Text, Textarea, TextInput, Tooltip } from '~/components';
import { IconAlignCenter, IconAlignLeft, IconAlignRight, IconX } from '~/icons';
import { insertAt, MergeMenu } from '../MergeMenu';
import { EventTypeField } from './EventTypeField';
import { PictureField } from './PictureField';
import type { Spec } from './specs';

interface FieldProps {
  spec: Spec;
  value: unknown;
  /** `undefined` leaves it to the mail. */
  onChange: (value: unknown) => void;
  error?: string;
  onPicked?: (file: Picture) => void;
}

/** One property of a block. */
export function SpecField({ spec, value, onChange, error, onPicked }: FieldProps) {
  const { t } = useTranslation();
  const label = t(`prop.${spec.label ?? spec.key}`);
  const text = typeof value === 'string' ? value : '';
  switch (spec.kind) {
    case 'text':
    case 'url':
      return <MergeText label={label} value={text} error={error} url={spec.kind === 'url'} onChange={(next) => onChange(next === '' && spec.key !== 'href' ? undefined : next)} />;
    case 'long':
    case 'code':
      return <LongText label={label} value={text} error={error} code={spec.kind === 'code'} onChange={onChange} />;
    case 'picture':
      return <PictureField label={label} value={text} error={error} onPicked={onPicked} onChange={(next) => onChange(next === '' && spec.key !== 'src' ? undefined : next)} />;
    case 'event_type':
      return <EventTypeField label={label} value={text} error={error} onChange={onChange} />;
    case 'color':
      return <ColorField label={label} value={text} error={error} onChange={onChange} />;
    case 'switch':
      return <Switch label={label} checked={typeof value === 'boolean' ? value : (spec.usual ?? false)} onChange={(event) => onChange(event.currentTarget.checked)} />;
    case 'number':
      return (
        <NumberInput
          label={label}
          error={error}
          size="xs"
          min={spec.min}
          max={spec.max}
          allowDecimal={false}
          clampBehavior="blur"
          placeholder={spec.usual === undefined ? t('editor.as_mail') : String(spec.usual)}
          suffix={spec.key === 'width_percent' ? ' %' : ' px'}
          value={typeof value === 'number' ? value : ''}
          onChange={(next) => {
            if (next === '') onChange(undefined);
            // What is out of bounds while it is typed is not said to the server.
            else if (typeof next === 'number' && next >= spec.min && next <= spec.max) onChange(next);
          }}
        />
      );
    case 'align':
      return <AlignField label={label} value={text || (spec.usual ?? 'left')} onChange={onChange} />;
    case 'choice':
      return (
        <Select
          label={label}
          error={error}
          size="xs"
          allowDeselect={false}
          data={spec.options.map((option) => ({ value: option, label: t(`choice.${spec.label ?? spec.key}_${option}` as 'choice.level_1') }))}
          value={value === undefined || value === null ? spec.usual : String(value)}
          onChange={(next) => onChange(spec.key === 'level' ? Number(next) : next)}
        />
      );
  }
}

function MergeText({ label, value, onChange, error, url }: { label: string; value: string; onChange: (value: string) => void; error?: string; url: boolean }) {
  const [field, setField] = useState<HTMLInputElement | null>(null);
  return (
    <Group gap={4} align="flex-end" wrap="nowrap">
      <TextInput
        ref={setField}
        flex={1}
        size="xs"
        label={label}
        error={error}
        value={value}
        placeholder={url ? 'https://' : undefined}
        inputMode={url ? 'url' : undefined}
        autoComplete="off"
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      <MergeMenu field={label} onPick={(put) => insertAt(field, value, put, onChange)} />
    </Group>
  );
}

function LongText({ label, value, onChange, error, code }: { label: string; value: string; onChange: (value: string) => void; error?: string; code: boolean }) {
  const [field, setField] = useState<HTMLTextAreaElement | null>(null);
  return (
    <div>
      <Textarea
        ref={setField}
        size="xs"
        label={label}
        error={error}
        value={value}
        autosize
        minRows={code ? 12 : 3}
        maxRows={24}
        spellCheck={!code}
        styles={code ? { input: { fontFamily: 'var(--mantine-font-family-monospace)' } } : undefined}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      <Group justify="flex-end" mt={4}>
        <MergeMenu field={label} onPick={(put) => insertAt(field, value, put, onChange)} />
      </Group>
    </div>
  );
}

interface ColorProps {
  label: string;
  value: string;
  onChange: (value: string | undefined) => void;
  error?: string;
  /** What is meant when nothing is given; without, the mail decides. */
  usual?: string;
}

const COLOR = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i;

/** A color; empty is that of the mail. */
export function ColorField({ label, value, onChange, error, usual }: ColorProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState<string | null>(null);
  const shown = typed ?? value;
  const bad = shown !== '' && !COLOR.test(shown);
  return (
    <ColorInput
      label={label}
      size="xs"
      value={shown}
      placeholder={usual ?? t('editor.as_mail')}
      error={bad ? t('editor.bad_color') : error}
      eyeDropperButtonProps={{ 'aria-label': t('editor.eye_dropper') }}
      onChange={(next) => {
        setTyped(next);
        if (next === '') onChange(undefined);
        else if (COLOR.test(next)) onChange(next);
      }}
      onBlur={() => setTyped(null)}
      rightSection={
        value && !usual ? (
          <Tooltip label={t('editor.no_color')}>
            <ActionIcon
              size="sm"
              aria-label={t('editor.no_color_for', { field: label })}
              onClick={() => {
                setTyped(null);
                onChange(undefined);
              }}
            >
              <IconX size={14} />
            </ActionIcon>
          </Tooltip>
        ) : undefined
      }
    />
  );
}

export function AlignField({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation();
  const icons: [string, typeof IconAlignLeft][] = [
    ['left', IconAlignLeft],
    ['center', IconAlignCenter],
    ['right', IconAlignRight],
  ];
  return (
    <Labeled label={label}>
      <SegmentedControl
        size="xs"
        fullWidth
        aria-label={label}
        value={value}
        onChange={onChange}
        data={icons.map(([name, Icon]) => ({
          value: name,
          label: (
            <span style={{ display: 'grid', placeItems: 'center', height: 18 }}>
              <Icon size={16} aria-hidden />
              <span className="visually-hidden">{t(`choice.align_${name}` as 'choice.align_left')}</span>
            </span>
          ),
        }))}
      />
    </Labeled>
  );
}

/** A caption over what has its name for screen readers itself. */
export function Labeled({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <Text size="xs" fw={500} mb={2} aria-hidden>
        {label}
      </Text>
      {children}
    </div>
  );
}
