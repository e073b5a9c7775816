import { Tooltip, useMantineTheme, type TooltipProps } from "@mantine/core";
import { useEffect, useRef, useState, type ComponentProps, type ReactNode } from "react";

interface Props extends ComponentProps<"span"> {
  label: ReactNode;
  /** How the label is laid out where it is longer than a line. */
  shape?: Pick<TooltipProps, "multiline" | "maw">;
}

/**
 * A word that explains itself under the pointer, as `Tooltip` does, but that costs a table nothing until then: a
 * tooltip for each cell was most of the work of scrolling.
 */
export function Hint({ label, shape, children, ...span }: Props) {
  const { openDelay = 0 } = (useMantineTheme().components.Tooltip?.defaultProps ?? {}) as TooltipProps;
  const target = useRef<HTMLSpanElement>(null);
  const [isNear, setNear] = useState(false);
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    if (!isNear) return undefined;
    const timer = setTimeout(() => setOpen(true), openDelay);
    return () => clearTimeout(timer);
  }, [isNear, openDelay]);
  const leave = () => {
    setNear(false);
    setOpen(false);
  };
  return (
    <>
      <span {...span} ref={target} onPointerEnter={() => setNear(true)} onPointerLeave={leave}>
        {children}
      </span>
      {isNear && <Tooltip target={target} label={label} opened={isOpen} {...shape} />}
    </>
  );
}
