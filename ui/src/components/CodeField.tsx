import { Input, Skeleton } from '@mantine/core';
import { lazy, Suspense, useId, type Ref } from 'react';
import type { CodeHandle } from './CodeEditor';

export type { CodeHandle };

const CodeEditor = lazy(() => import('./CodeEditor'));

interface Props {
  ref?: Ref<CodeHandle>;
  label: string;
  description?: string;
  error?: string;
  value: string;
  onChange: (value: string) => void;
  minHeight?: number;
}

/** A field for HTML and MJML. */
export function CodeField({ ref, label, description, error, value, onChange, minHeight = 420 }: Props) {
  const id = useId();
  return (
    <div>
      <Input.Label component="div">{label}</Input.Label>
      {description && <Input.Description id={`${id}-text`}>{description}</Input.Description>}
      <Suspense fallback={<Skeleton h={minHeight} />}>
        <CodeEditor ref={ref} label={label} describedBy={error ? `${id}-error` : description ? `${id}-text` : undefined} value={value} onChange={onChange} minHeight={minHeight} />
      </Suspense>
      {error && (
        <Input.Error id={`${id}-error`} mt={4}>
          {error}
        </Input.Error>
      )}
    </div>
  );
}
