import { NamedPage } from '../named/NamedPage';

export default function Groups() {
  return <NamedPage kind="group" />;
}
