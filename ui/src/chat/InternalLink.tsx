import { useRouter } from "@tanstack/react-router";
import type { MouseEvent, ReactNode } from "react";
import { safePath } from "./markdown";

interface Props {
  url: string;
  className?: string | undefined;
  children: ReactNode;
}

/** A link to a page of Logatlas; where `url` leads anywhere else, only its words. */
export function InternalLink({ url, className, children }: Props) {
  const router = useRouter();
  const path = safePath(url);
  if (path === null) return <span className={className}>{children}</span>;
  const go = (click: MouseEvent) => {
    if (click.defaultPrevented || click.metaKey || click.ctrlKey || click.shiftKey || click.button !== 0) return;
    click.preventDefault();
    router.history.push(path);
  };
  return (
    <a href={path} className={className} onClick={go}>
      {children}
    </a>
  );
}
