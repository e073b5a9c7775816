import { Fragment, memo, useMemo, type ReactNode } from "react";
import { VisibleText } from "@/components";
import { InternalLink } from "./InternalLink";
import { parseMarkdown, type Block, type Inline } from "./markdown";
import classes from "./chat.module.css";

interface Props {
  text: string;
  /** Still being written. */
  growing?: boolean;
  /** What stands for `[^number]`. */
  renderCitation: (number: number) => ReactNode;
}

/** An answer as elements and text nodes: no markup of the answer reaches the page. */
export const Markdown = memo(function Markdown({ text, growing = false, renderCitation }: Props) {
  const blocks = useMemo(() => parseMarkdown(text, growing), [text, growing]);
  return (
    <div className={classes.markdown} dir="auto">
      <Blocks blocks={blocks} renderCitation={renderCitation} />
    </div>
  );
});

type Render = Pick<Props, "renderCitation">;

function Blocks({ blocks, ...render }: Render & { blocks: readonly Block[] }) {
  return blocks.map((block, at) => {
    switch (block.kind) {
      case "paragraph":
        return (
          <p key={at}>
            <Pieces content={block.content} {...render} />
          </p>
        );
      case "heading":
        return (
          <p key={at} className={classes.heading}>
            <Pieces content={block.content} {...render} />
          </p>
        );
      case "code":
        return (
          // It scrolls, so it must be reachable by keyboard.
          // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
          <pre key={at} tabIndex={0} dir="ltr" translate="no">
            <code>
              <VisibleText text={block.text} />
            </code>
          </pre>
        );
      case "list": {
        const items = block.items.map((item, index) => (
          <li key={index}>
            <Pieces content={item.content} {...render} />
            <Blocks blocks={item.children} {...render} />
          </li>
        ));
        return block.ordered ? (
          <ol key={at} start={block.start}>
            {items}
          </ol>
        ) : (
          <ul key={at}>{items}</ul>
        );
      }
    }
  });
}

function Pieces({ content, ...render }: Render & { content: readonly Inline[] }) {
  return content.map((piece, at) => {
    switch (piece.kind) {
      case "text":
        return <VisibleText key={at} text={piece.text} />;
      case "code":
        return (
          <code key={at} dir="ltr" translate="no">
            <VisibleText text={piece.text} />
          </code>
        );
      case "bold":
        return (
          <strong key={at}>
            <Pieces content={piece.content} {...render} />
          </strong>
        );
      case "citation":
        return <Fragment key={at}>{render.renderCitation(piece.number)}</Fragment>;
      case "link":
        return (
          <InternalLink key={at} url={piece.url}>
            <VisibleText text={piece.text} />
          </InternalLink>
        );
    }
  });
}
