// What pages are built of. Pages never import the component library themselves: whatever it is, it is chosen here.
export {
  Accordion,
  ActionIcon,
  Alert,
  Anchor,
  Avatar,
  Badge,
  Box,
  Button,
  Checkbox,
  Chip,
  Code,
  Collapse,
  ColorInput,
  CopyButton,
  Divider,
  Drawer,
  FileButton,
  Grid,
  Group,
  Kbd,
  Loader,
  Menu,
  Modal,
  MultiSelect,
  NativeSelect,
  NumberInput,
  Paper,
  PasswordInput,
  Pill,
  Popover,
  Progress,
  Radio,
  ScrollArea,
  SegmentedControl,
  Select,
  SimpleGrid,
  Skeleton,
  Slider,
  Stack,
  Stepper,
  Switch,
  Table,
  Tabs,
  TagsInput,
  Text,
  Textarea,
  TextInput,
  Title,
  Tooltip,
  UnstyledButton,
  VisuallyHidden,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
export { useForm, type UseFormReturnType } from '@mantine/form';
export { useDebouncedValue, useDisclosure, useElementSize, useHotkeys, useLocalStorage, useMediaQuery } from '@mantine/hooks';

export { CampaignStatus } from './CampaignStatus';
export { Card } from './Card';
export { CodeField, type CodeHandle } from './CodeField';
export { ConfirmModal } from './ConfirmModal';
export { EmptyState } from './EmptyState';
export { ErrorState } from './ErrorState';
export { FormActions } from './FormActions';
export { FormError } from './FormError';
export { frameable, pageNonce } from './mail';
export { MailFrame } from './MailFrame';
export type { Mark } from './marks';
export { NumberField } from './NumberField';
export { Page } from './Page';
export { RowMenu } from './RowMenu';
export { ScrollRegion } from './ScrollRegion';
export { StatusBadge, type BadgeTone } from './StatusBadge';
export { shownText, useTyped } from './typed';
export { ownTimeZone, TimeZoneSelect } from './TimeZoneSelect';
export { describeError, toast } from './toast';
export { applyFaults } from './faults';
export { LinkButton, TextLink } from './links';
export { useUndoable } from './undo';
export { NamePicker, useNamed, type NamedKind } from './NamePicker';
export { SubscriberStatus } from './SubscriberStatus';
export { JobProgress } from './JobProgress';
export { FilterChip } from './FilterChip';
