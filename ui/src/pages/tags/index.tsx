import { NamedPage } from '../named/NamedPage';

export default function Tags() {
  return <NamedPage kind="tag" />;
}
