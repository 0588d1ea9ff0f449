import { Anchor, Button, type AnchorProps, type ButtonProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import { forwardRef, type AnchorHTMLAttributes } from 'react';

type Native = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof ButtonProps | keyof AnchorProps>;

/** A button that goes somewhere. */
export const LinkButton = createLink(
  forwardRef<HTMLAnchorElement, ButtonProps & Native>(function LinkButton(props, ref) {
    return <Button component="a" ref={ref} {...props} />;
  }),
);

/** A link within the app. */
export const TextLink = createLink(
  forwardRef<HTMLAnchorElement, AnchorProps & Native>(function TextLink(props, ref) {
    return <Anchor ref={ref} size="sm" {...props} />;
  }),
);
