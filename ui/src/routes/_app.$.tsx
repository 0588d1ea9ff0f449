import { createFileRoute } from '@tanstack/react-router';
import { NotFound } from '~/frame/NotFound';

/** Every address that is no page. */
export const Route = createFileRoute('/_app/$')({ component: NotFound });
