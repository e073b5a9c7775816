import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { PageFrame } from "@/components";
import { AccountsSection } from "./settings/AccountsSection";
import { AppearanceSection } from "./settings/AppearanceSection";
import { AuditSection, type AuditFilter } from "./settings/AuditSection";
import { PartsSection } from "./settings/PartsSection";
import { SECTIONS, sectionOf, type SectionId } from "./settings/sections";
import { ShortcutsSection } from "./settings/ShortcutsSection";
import { TokensSection } from "./settings/TokensSection";
import { YouSection } from "./settings/YouSection";
import classes from "./settings/settings.module.css";

export function Page() {
  const { section, actor, action } = useSearch({ from: "/shell/settings" });
  const navigate = useNavigate();
  const shown = sectionOf(section);
  const filterAudit = (filter: AuditFilter) =>
    void navigate({ to: "/settings", search: { section: "audit", ...filter }, replace: true });
  return (
    <PageFrame title="Settings">
      <div className={classes.layout}>
        <nav aria-label="Sections" className={classes.sections}>
          {SECTIONS.map(({ id, label, about, icon: SectionIcon }) => (
            <Link
              key={id}
              to="/settings"
              search={{ section: id }}
              title={about}
              className={`${classes.section} ${id === shown ? classes.current : ""}`}
              aria-current={id === shown ? "page" : undefined}
            >
              <SectionIcon size={16} stroke={1.6} aria-hidden="true" />
              {label}
            </Link>
          ))}
        </nav>
        <div className={classes.content}>
          <Shown section={shown} filter={{ actor, action }} onFilter={filterAudit} />
        </div>
      </div>
    </PageFrame>
  );
}

interface ShownProps {
  section: SectionId;
  filter: AuditFilter;
  onFilter: (filter: AuditFilter) => void;
}

function Shown({ section, filter, onFilter }: ShownProps) {
  switch (section) {
    case "you":
      return <YouSection />;
    case "appearance":
      return <AppearanceSection />;
    case "shortcuts":
      return <ShortcutsSection />;
    case "parts":
      return <PartsSection />;
    case "accounts":
      return <AccountsSection />;
    case "tokens":
      return <TokensSection />;
    case "audit":
      return <AuditSection filter={filter} onFilter={onFilter} />;
  }
}
